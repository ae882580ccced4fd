"""Every scope, share and participation reaches what an oracle says, in both shapes of the condition."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from saas.engine.access.compile import compile_profile
from saas.engine.access.profile import Profile
from saas.engine.access.rows import Shape, reached
from saas.engine.access.tables import (
    RowScope,
    ShareAccess,
    principal_business_line,
    record_participant,
    record_share,
)
from saas.engine.registry import object_of
from saas.engine.scope import Scope
from saas.engine.write.create import create
from saas.engine.write.load import Target
from saas.engine.write.update import update
from saas.kit import clock
from saas.modules.customers.contact import Contact
from saas.modules.customers.customer import Customer
from saas.modules.organisation.business_line import BusinessLine
from saas.modules.organisation.employee import Employee
from saas.modules.organisation.region import Region
from saas.modules.organisation.role import Role
from saas.modules.sales.opportunity import Opportunity
from tests.world import World

OPERATIONS = ("read", "update", "delete")
HOLDERS = ("mona", "sam", "sales", "head", "north", "manager", "seller")
FOR_MONA = {"mona", "sales", "head", "manager"}  # her own, her department's and those above it, her role's


@dataclass(frozen=True)
class Share:
    holder: str
    access: ShareAccess
    days: int | None  # until so many days from today


@dataclass(frozen=True)
class Thing:
    """A customer with a contact, and an opportunity of the same place."""

    owner: str | None
    department: str | None
    region: str | None
    line: str | None
    share: Share | None
    participant: str | None


THINGS = st.lists(
    st.builds(
        Thing,
        st.sampled_from([None, "mona", "sam", "vera"]),
        st.sampled_from([None, "head", "sales", "north", "service"]),
        st.sampled_from([None, "top", "below", "aside"]),
        st.sampled_from([None, "hers", "another"]),
        st.none()
        | st.builds(Share, st.sampled_from(HOLDERS), st.sampled_from(ShareAccess), st.sampled_from([None, -1, 0, 1])),
        st.sampled_from([None, None, "mona", "sam"]),
    ),
    min_size=1,
    max_size=25,
)
SCOPES = st.frozensets(st.sampled_from(RowScope), max_size=3)


def inside(thing: Thing, operation: str, scopes: frozenset[RowScope], *, has_line: bool) -> bool:
    """The oracle, for mona of sales, in the region at the top, above sam and sue, of one business line."""
    ways = {
        RowScope.OWN_AND_SUBORDINATES: thing.owner == "sam",
        RowScope.DEPARTMENT: thing.department == "sales",
        RowScope.DEPARTMENT_TREE: thing.department in ("sales", "north"),
        RowScope.REGION_TREE: thing.region in ("top", "below"),
        RowScope.BUSINESS_LINE: has_line and thing.line == "hers",
        RowScope.ALL: True,
    }
    share = thing.share
    shared = share is not None and share.holder in FOR_MONA and (share.days is None or share.days >= 0)
    if share and shared:
        shared = operation == "read" or (operation == "update" and share.access is ShareAccess.WRITE)
    part = operation == "read" and thing.participant == "mona"
    return bool(scopes) and (thing.owner == "mona" or shared or part or any(ways.get(each, False) for each in scopes))


@contextmanager
def undone(world: World) -> Iterator[Scope]:
    with world.garage.scope() as scope:
        try:
            yield scope
        finally:
            scope.session.rollback()


def _masters(scope: Scope, world: World) -> dict[str, UUID]:
    """What the things lie in, by name; mona is put into the region at the top and the line that is hers."""
    found: dict[str, UUID] = {name: person.id for name, person in world.garage.people.items()}
    found |= world.garage.departments
    found |= {row.name: row.id for row in scope.session.execute(sa.text("SELECT name, id FROM role"))}
    for name, above in (("top", None), ("below", "top"), ("aside", None)):
        found[name] = _made(scope, Region, [{"name": name, "parent_id": found[above] if above else None}])[0]
    found["hers"], found["another"] = _made(scope, BusinessLine, [{"name": "hers"}, {"name": "another"}])
    update(scope, object_of(Employee), [(Target(found["mona"]), {"region_id": found["top"]})])
    line = {"principal_id": found["mona"], "business_line_id": found["hers"]}
    scope.session.execute(sa.insert(principal_business_line).values(line))
    return found


def _made(scope: Scope, record: type[Any], rows: list[dict[str, Any]]) -> list[UUID]:
    outcomes = create(scope, object_of(record), rows)
    return [outcome.id for outcome in outcomes if outcome.id]


def _things(scope: Scope, ids: dict[str, UUID], things: list[Thing]) -> dict[type[Any], list[UUID]]:
    place = [
        {
            "name": f"thing {number}",
            "owner_id": ids[thing.owner] if thing.owner else None,
            "department_id": ids[thing.department] if thing.department else None,
            "region_id": ids[thing.region] if thing.region else None,
        }
        for number, thing in enumerate(things)
    ]
    lines = [{"business_line_id": ids[thing.line] if thing.line else None} for thing in things]
    customers = _made(scope, Customer, place)
    deals = _made(scope, Opportunity, [each | line for each, line in zip(place, lines, strict=True)])
    today = clock.today(scope.tenant.time_zone)
    for customer, deal, thing in zip(customers, deals, things, strict=True):
        for id_ in (customer, deal):
            if thing.share:
                until = None if thing.share.days is None else today + timedelta(days=thing.share.days)
                values = {"record_id": id_, "holder_id": ids[thing.share.holder], "access": thing.share.access}
                scope.session.execute(sa.insert(record_share).values(**values, until=until))
            if thing.participant:
                values = {"record_id": id_, "principal_id": ids[thing.participant], "since": scope.now}
                scope.session.execute(sa.insert(record_participant).values(**values))
    contacts = _made(scope, Contact, [{"name": "contact", "customer_id": each} for each in customers])
    return {Customer: customers, Opportunity: deals, Contact: contacts}


def _profile(scope: Scope, principal_id: UUID, scopes: frozenset[RowScope]) -> Profile:
    """Mona's profile, as if one role of hers granted each of these scopes on everything."""
    compiled = compile_profile(scope.session, scope.tenant, principal_id)
    rights = {("*", "*"): frozenset((UUID(int=number), each) for number, each in enumerate(scopes))}
    return replace(compiled, rights=rights, _reaches={})


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(things=THINGS, scopes=SCOPES)
def test_narrow_equals_wide_equals_the_oracle(world: World, things: list[Thing], scopes: frozenset[RowScope]) -> None:
    with undone(world) as scope:
        ids = _masters(scope, world)
        made = _things(scope, ids, things)
        profile = _profile(scope, ids["mona"], scopes)
        for record, record_ids in made.items():
            one = object_of(record)
            table = one.table.alias()
            for operation in OPERATIONS:
                expected = {
                    id_
                    for id_, thing in zip(record_ids, things, strict=True)
                    if inside(thing, operation, scopes, has_line=record is Opportunity)
                }
                for shape in Shape:
                    condition = reached(profile, one, operation, table, shape)
                    rows = scope.session.execute(sa.select(table.c.id).where(table.c.id.in_(record_ids), condition))
                    assert set(rows.scalars()) == expected, (one.name, operation, shape)


@pytest.mark.parametrize("shape", Shape)
def test_what_has_no_such_place_is_not_reached(world: World, shape: Shape) -> None:
    """A role has neither owner nor department: nothing short of all reaches it, not even a share."""
    with undone(world) as scope:
        one = object_of(Role)
        scope.session.execute(
            sa.insert(record_share).from_select(
                ["record_id", "holder_id", "access"],
                sa.select(one.table.c.id, sa.literal(world.garage.mona.id), sa.literal("read")),
            )
        )
        for each in RowScope:
            profile = _profile(scope, world.garage.mona.id, frozenset({each}))
            condition = reached(profile, one, "read", one.table, shape)
            found = scope.session.execute(sa.select(one.table.c.id).where(condition))
            assert bool(found.all()) is (each is RowScope.ALL), each
