"""Who stands in for whom, from one day to another: written as wanted, with its audit; the kernel heeds it."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import sqlalchemy as sa

from saas.engine.access.tables import principal_deputy
from saas.engine.problem import Problem, ProblemCode, not_found
from saas.engine.registry import object_of
from saas.engine.scope import Scope
from saas.engine.write.load import Target, load
from saas.engine.write.outcome import Outcome
from saas.modules.organisation.employee import Employee
from saas.modules.organisation.grant_check import living
from saas.modules.organisation.rights import rights_changed


@dataclass(frozen=True, slots=True, order=True)
class StandIn:
    """`deputy_id` stands in for `person_id`, both days included."""

    starts_on: date
    ends_on: date
    person_id: UUID
    deputy_id: UUID

    def __str__(self) -> str:
        return f"{self.deputy_id} {self.starts_on} to {self.ends_on}"


def assign_deputies(scope: Scope, person_id: UUID, wanted: Collection[StandIn]) -> list[Outcome]:
    """Have exactly these stand in for the person. Forbidden without role.update: it gives rights."""
    scope.need("role.update")
    outcome = Outcome()
    found = load(scope, object_of(Employee), "read", [Target(person_id)], [outcome])
    outcome.problems += _wrong(scope, person_id, wanted)
    if not outcome.problems:
        person: Employee = found[person_id][0]
        outcome.changed = _assigned(scope, person, set(wanted))
        outcome.id, outcome.record = person.id, person
    return [outcome]


def deputies_in_sight(scope: Scope, person_id: UUID) -> list[StandIn] | None:
    """Who stands in for the person, stood or will, by days; None where the actor sees no such person."""
    return _in_sight(scope, person_id, principal_deputy.c.principal_id)


def stood_in_for_in_sight(scope: Scope, deputy_id: UUID) -> list[StandIn] | None:
    """For whom the person stands in, stood or will; likewise."""
    return _in_sight(scope, deputy_id, principal_deputy.c.deputy_id)


def _wrong(scope: Scope, person_id: UUID, wanted: Collection[StandIn]) -> list[Problem]:
    deputies = {each.deputy_id for each in wanted}
    problems = [
        not_found(f"There is no employee {id_} in your sight.", "deputies")
        for id_ in sorted(deputies - living(scope, Employee, deputies))
    ]
    wrong = ["Nobody stands in for themselves."] if person_id in deputies else []
    wrong += sorted(f"{each}: it ends before it starts." for each in wanted if each.ends_on < each.starts_on)
    by_start = [(each.deputy_id, each.starts_on) for each in wanted]
    wrong += ["The same deputy starts twice on one day."] if len(set(by_start)) < len(by_start) else []
    return problems + [Problem(ProblemCode.BAD_INPUT, message, ("deputies",)) for message in wrong]


def _assigned(scope: Scope, person: Employee, wanted: set[StandIn]) -> bool:
    """Write them; True where that changed anything."""
    table = principal_deputy
    before = set(_found(scope, table.c.principal_id == person.id))
    if before == wanted:
        return False
    scope.session.execute(sa.delete(table).where(table.c.principal_id == person.id))
    rows = [
        {
            "principal_id": each.person_id,
            "deputy_id": each.deputy_id,
            "starts_on": each.starts_on,
            "ends_on": each.ends_on,
        }
        for each in sorted(wanted)
    ]
    if rows:
        scope.session.execute(sa.insert(table), rows)
    rights_changed(scope, person, "deputies", _told(before), _told(wanted))
    return True


def _in_sight(scope: Scope, person_id: UUID, column: sa.Column[UUID]) -> list[StandIn] | None:
    scope.need("role.read")
    if person_id not in living(scope, Employee, [person_id]):
        return None
    return _found(scope, column == person_id)


def _found(scope: Scope, condition: sa.ColumnElement[bool]) -> list[StandIn]:
    rows = scope.session.execute(sa.select(principal_deputy).where(condition))
    return sorted(StandIn(row.starts_on, row.ends_on, row.principal_id, row.deputy_id) for row in rows)


def _told(stand_ins: Iterable[StandIn]) -> list[str]:
    """As sorted words, for the audit."""
    return sorted(map(str, stand_ins))
