"""Records together with those behind their references, each joined once, as far as they are in sight."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy import FromClause

from saas.engine.asker import Asker
from saas.engine.field import Field
from saas.engine.read.value import leads_to, refuse_hidden
from saas.engine.registry import ObjectType
from saas.engine.rowsource import fresh

Place = tuple[ObjectType, FromClause]


class Joined:
    """Records of `one` read from `table`; `source` grows by a join for each reference that is followed."""

    def __init__(self, scope: Asker, one: ObjectType, table: FromClause) -> None:
        self.scope = scope
        self.source: FromClause = table
        self._places: dict[tuple[str, ...], Place] = {(): (one, table)}

    def behind(self, path: Sequence[Field]) -> Place:
        """The object behind these references and the table that its records are read from.

        Forbidden where one of the references is hidden on all records.
        """
        names = tuple(field.name for field in path)
        if names not in self._places:
            one, table = self.behind(path[:-1])
            reference = path[-1]
            refuse_hidden(self.scope, one, reference, table)
            target = one.target_of(reference)
            behind = fresh(target.table)
            on = sa.and_(*leads_to(self.scope, one, reference, table, behind))
            self.source = self.source.outerjoin(behind, on)
            self._places[names] = (target, behind)
        return self._places[names]
