"""A list of files as SQL: all in sight, or those below each of some records, in an order and from a cursor."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import FromClause

from saas.engine.access.rows import Condition
from saas.engine.asker import Asker
from saas.engine.file_tables import attachment
from saas.engine.file_tables import file as file_table
from saas.engine.read.file_filter import COLUMNS, file_condition
from saas.engine.read.file_sight import files_of_record, seen_files
from saas.engine.read.listing import Paged
from saas.engine.read.order import MAX_TERMS, Direction, Term
from saas.engine.read.request import PageRequest
from saas.engine.read.search import name_condition
from saas.engine.read.wanted_files import FILES
from saas.engine.registry import ObjectType, objects
from saas.engine.rowsource import fresh
from saas.kit.errors import BadInput


class FileListing(Paged):
    """The files that a request means: in sight, of one record, or below each of the records of `of`.

    The records below which files are read must be living ones in sight: that is not asked again.
    """

    type_name = "File"

    def __init__(
        self, scope: Asker, request: PageRequest, *, of: ObjectType | None = None, record_id: UUID | None = None
    ) -> None:
        super().__init__(scope, request)
        self.table = fresh(file_table)
        self.order = _terms(self.table, request.order_by)
        self.conditions = [self._sight(of, record_id), file_condition(scope, self.table, request.filter)]
        if request.search is not None:
            self.conditions.append(name_condition(self.table, request.search))
        self.signature = f"{FILES}:{of.name if of else record_id}:{','.join(term.name for term in self.order)}"
        self.bounds = self.find_bounds()

    def _sight(self, of: ObjectType | None, record_id: UUID | None) -> Condition:
        if of is not None:
            return self.table.c.removed_at.is_(None)
        if record_id is not None:
            return files_of_record(self.scope, self.table, record_id)
        return seen_files(self.scope, self.table, objects())

    def below(self, above: FromClause) -> Condition:
        """Whether a file hangs on the record in `above`."""
        hang = fresh(attachment)
        # SQLAlchemy itself looks one level up only.
        hangs = sa.exists().where(hang.c.file_id == self.table.c.id, hang.c.record_id == above.c.id)
        return hangs.correlate_except(hang)


def _terms(file: FromClause, given: Sequence[Mapping[str, Any]] | None) -> list[Term]:
    """The terms of an order, the newest first where none is given; the id always comes last."""
    if not given:
        return [Term("id", file.c.id, descending=True)]
    if len(given) > MAX_TERMS:
        raise BadInput(f"An order has at most {MAX_TERMS} terms.", path=("orderBy",))
    found = []
    for each in given:
        ((api, what),) = each.items()
        direction = Direction(what)
        descending, nulls_first = direction.startswith("DESC"), direction.endswith("NULLS_FIRST")
        found.append(Term(f"{api} {direction}", file.c[COLUMNS[api]], descending, nulls_first))
    return [*found, Term("id", file.c.id)]
