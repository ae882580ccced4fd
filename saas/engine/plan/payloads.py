"""Plans for what a mutation answers of the records it wrote: their JSON, as the writer may see them now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from graphql import FieldNode, FragmentDefinitionNode, GraphQLSchema

from saas.engine.access.rows import reached
from saas.engine.later import Guard, Later
from saas.engine.plan.given import as_told_later
from saas.engine.plan.making import Making, Mend, Source, as_rows
from saas.engine.plan.mends import mended
from saas.engine.plan.records import record_object
from saas.engine.plan.run import Run
from saas.engine.registry import ObjectType
from saas.engine.rowsource import fresh, naming
from saas.engine.selection import Document
from saas.engine.sql.encode import encoder_of
from saas.engine.sql.text import Parameter, table_of, used

_IDS = encoder_of(sa.Uuid(), many=True)


@dataclass(frozen=True, slots=True)
class RecordsPlan:
    """A query for the ids and the JSON of records, the schema marked in it as in a `Statement`."""

    sql: str
    parameters: tuple[Parameter, ...]
    guards: tuple[Guard, ...]
    mends: tuple[Mend, ...]

    def fits(self, run: Run) -> bool:
        return all(guard.holds(run) for guard in self.guards)

    def bound(self, run: Run) -> list[bytes | None]:
        return [find(run) for find in self.parameters]

    def answers(self, rows: Sequence[tuple[str, str]], run: Run) -> dict[UUID, bytes]:
        """The JSON of each record."""
        return {UUID(id_): mended(told.encode(), self.mends, run) for id_, told in rows}


def make_records_plan(
    schema: GraphQLSchema,
    fragments: Mapping[str, FragmentDefinitionNode],
    nodes: Sequence[FieldNode],
    one: ObjectType,
    run: Run,
) -> RecordsPlan:
    """The plan for what these nodes select of the living records of `one` with the ids of the run."""
    guards: list[Guard] = []
    document = Document(fragments, as_told_later(run.variables, guards), schema)
    making = Making(
        tenant=run.tenant,
        profile=run.profile,
        now=run.now,
        variables=run.variables,
        ids=run.ids,
        document=document,
        guards=guards,
    )
    with naming():
        rows = as_rows(fresh(one.table))
        making.text.know(rows)
        making.living.add(rows.name)
        source = Source(rows)
        told = record_object(making, one, rows, document.pick(nodes), source)
        number = making.parameters.number(Later(run.ids, lambda run: run.ids, key="ids"), _IDS.encode)
        in_sight = making.text.all_of([rows.c["deleted_at"].is_(None), reached(making.profile, one, "read", rows)])
        sql = (
            f"{making.text.with_clause()}SELECT {rows.name}.id::text, {told} FROM {table_of(rows)} AS {rows.name}"
            f"{source.joined} WHERE {rows.name}.id = ANY (${number}::uuid[]) AND {in_sight}"
        )
    (text,), parameters = used([sql], making.parameters.made)
    return RecordsPlan(text, parameters, tuple(guards), tuple(making.mends))
