"""A plan: what Postgres is asked, where each parameter comes from, and how the answer becomes the response."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from graphql import FragmentDefinitionNode, GraphQLSchema, OperationDefinitionNode

from saas.engine.later import Guard
from saas.engine.plan.given import as_told_later
from saas.engine.plan.json_text import LOST
from saas.engine.plan.making import CannotPlan, Making, Mend
from saas.engine.plan.mends import mended
from saas.engine.plan.roots import is_planned, root_sql
from saas.engine.plan.run import Run
from saas.engine.rowsource import naming
from saas.engine.selection import Document, Picked
from saas.engine.sql.text import Parameter, used
from saas.tenants.reader_statement import Statement

_LOST = LOST.encode()


@dataclass(frozen=True, slots=True)
class Asked:
    """An operation as it was sent."""

    schema: GraphQLSchema
    operation: OperationDefinitionNode
    fragments: Mapping[str, FragmentDefinitionNode]


@dataclass(frozen=True, slots=True)
class Plan:
    """How some root fields of an operation are answered.

    keys      their response keys
    rest      the response keys of those that only Python can answer
    fixed     the answer of those that need no question, by key
    """

    statement: Statement
    parameters: tuple[Parameter, ...]
    guards: tuple[Guard, ...]
    mends: tuple[Mend, ...]
    keys: tuple[str, ...]
    fixed: Mapping[str, bytes]
    rest: tuple[str, ...]
    _heads: tuple[bytes, ...]

    def fits(self, run: Run) -> bool:
        return all(guard.holds(run) for guard in self.guards)

    def bound(self, run: Run) -> list[bytes | None]:
        """The parameters of this run; BadInput for what a value cannot be."""
        return [find(run) for find in self.parameters]

    def answers(self, values: Sequence[bytes | None], run: Run) -> dict[str, bytes]:
        """The JSON of each root field that was asked, but for those of which the plan cannot tell the whole answer."""
        found = {}
        for key, value in zip(self.keys, values, strict=True):
            if value is None:
                found[key] = b"null"
            elif _LOST not in value:
                found[key] = mended(value, self.mends, run) if self.mends else value
        return found

    def data(self, values: Sequence[bytes | None], run: Run) -> bytes | None:
        """The whole `data` of an operation that a plan answers alone; None where it cannot tell it."""
        parts: list[bytes] = []
        for head, value in zip(self._heads, values, strict=False):
            if value is not None and _LOST in value:
                return None
            parts += (head, b"null" if value is None else value)
        parts.append(self._heads[-1])
        whole = b"".join(parts)
        return mended(whole, self.mends, run) if self.mends else whole


def make_plan(asked: Asked, run: Run) -> Plan:
    """A plan for the operation and for runs like this one; CannotPlan where Postgres can answer no part of it.

    BadInput and Forbidden where a part of it is wrong: field by field it is told which, and what else there is.
    """
    guards: list[Guard] = []
    document = Document(asked.fragments, as_told_later(run.variables, guards), asked.schema)
    making = Making(
        tenant=run.tenant,
        profile=run.profile,
        now=run.now,
        variables=run.variables,
        document=document,
        guards=guards,
    )
    picked = document.pick_roots(asked.operation.selection_set)
    fixed = {each.key: b'"Query"' for each in picked if each.name == "__typename"}
    planned = [each for each in picked if is_planned(each.name)]
    rest = tuple(each.key for each in picked if each not in planned and each.key not in fixed)
    if not planned:
        raise CannotPlan
    with naming():
        columns, parameters = used([root_sql(making, each) for each in planned], making.parameters.made)
    return Plan(
        Statement(columns),
        parameters,
        tuple(guards),
        tuple(making.mends),
        tuple(each.key for each in planned),
        fixed,
        rest,
        () if rest else tuple(_heads(picked, fixed)),
    )


def _heads(picked: Sequence[Picked], fixed: Mapping[str, bytes]) -> list[bytes]:
    """What stands before each answer in the data, and what stands behind the last."""
    heads, text = [], b"{"
    for number, each in enumerate(picked):
        text += (b"," if number else b"") + f'"{each.key}":'.encode()
        if each.key in fixed:
            text += fixed[each.key]
        else:
            heads.append(text)
            text = b""
    return [*heads, text + b"}"]
