"""Rights act at once: everything was known, a right changed, and the very next answer is the right one."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest

from saas.engine.access.tables import Access, RowScope
from saas.kit import clock
from saas.kit.settings import settings
from saas.modules.customers.customer import Customer
from saas.modules.organisation.rights import Grants, employee_assign_roles
from saas.tenants import sign_in
from saas.tenants.provision import resume, suspend
from saas.tenants.sign_in import FRESH, forget_callers, issue_token, shut_out, sign_out
from tests.engine.people import employee_of, hire, regrant
from tests.schema import fast_way
from tests.schema.fast_way import FAST, LONG, Ways, by_fields, code, fresh
from tests.world import Person, World, limits, rights

ways, short_way = fast_way.ways, fast_way.short_way
ONE = "query($id: ID!) { customer(id: $id) { name taxNo } }"
LIST = "query($ids: [ID!]!) { customers(filter: { id: { in: $ids } }) { nodes { name } } }"
READ = rights(RowScope.ALL, "customer", operations=("read",))
OWN = rights(RowScope.OWN, "customer", operations=("read",))
SHARE = (
    "mutation($id: ID!, $with: ID!, $until: Date) {"
    " x: recordShare(id: $id, withId: $with, until: $until) { problems { code } } }"
)
UNSHARE = "mutation($id: ID!, $with: ID!) { x: recordUnshare(id: $id, withId: $with) { problems { code } } }"
TAKE_PART = "mutation($id: ID!, $who: ID!) { x: recordAddParticipant(id: $id, personId: $who) { problems { code } } }"
LEAVE = "mutation($id: ID!, $who: ID!) { x: recordRemoveParticipant(id: $id, personId: $who) { problems { code } } }"


@pytest.fixture
def customer(world: World) -> str:
    return str(world.garage.make(Customer, name="Seen", tax_no="T-1"))


@pytest.fixture
def days(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], Any]:
    """Time stands still so many days from now, while tokens stay known: nothing but the day is another."""
    monkeypatch.setattr(sign_in, "FRESH", timedelta(days=9))
    noon = clock.now().replace(hour=11, minute=0)
    return lambda number: clock.stopped_at(noon + timedelta(days=number))


def assign(world: World, person: Person, until: date | None = None, *, held: bool = True) -> None:
    """The person holds the roles they had until that day, or none."""
    roles = [role for (role,) in world.sql(world.garage, "SELECT role_id FROM principal_role WHERE principal_id = %s",
                                           person.id)]  # fmt: skip
    with world.garage.scope() as scope:
        employee_assign_roles(scope, employee_of(scope, person.id), dict.fromkeys(roles, until) if held else {})


def for_days(person: Person) -> Person:
    return replace(person, token=issue_token(person.tenant, person.id, 240).token)


def changed(world: World, query: str, **variables: Any) -> None:
    assert world.garage.ada.ask(query, **variables)["x"] == {"problems": []}


def test_a_role_that_is_taken_away(world: World, ways: Ways, customer: str) -> None:
    person, query = hire(world.garage, "tina", Grants(READ)), fresh(ONE)
    assert ways.known(person, query, {"id": customer}) == {"customer": {"name": "Seen", "taxNo": "T-1"}}
    assign(world, person, held=False)
    way, answer = ways.of(person, query, {"id": customer})
    assert (way, answer.json()["data"], code(answer)) == ([FAST, LONG], {"customer": None}, "FORBIDDEN")
    assert answer.content == by_fields(person, query, {"id": customer}).content


@pytest.mark.parametrize("access", [Access.HIDDEN, Access.MASKED])
def test_a_field_group_that_is_hidden(world: World, ways: Ways, customer: str, access: Access) -> None:
    person, query = hire(world.garage, f"hal-{access}", Grants(READ)), fresh(ONE)
    ways.known(person, query, {"id": customer})
    regrant(world.garage, person, Grants(READ, limits("customer", "finance", access)))
    way, answer = ways.of(person, query, {"id": customer})
    expected = by_fields(person, query, {"id": customer})
    assert (way, answer.content) == ([FAST, LONG], expected.content)
    assert answer.json()["data"]["customer"]["taxNo"] != "T-1"
    regrant(world.garage, person, Grants(READ))
    _, answer = ways.of(person, query, {"id": customer})
    assert answer.json()["data"] == {"customer": {"name": "Seen", "taxNo": "T-1"}}


def test_a_scope_that_becomes_narrower_and_wider(world: World, ways: Ways, customer: str) -> None:
    person, query = hire(world.garage, "nora", Grants(READ)), fresh(LIST)
    own = str(world.garage.make(Customer, name="Own", owner_id=person.id))
    ids = {"ids": [customer, own]}
    both, one = [{"name": "Own"}, {"name": "Seen"}], [{"name": "Own"}]
    assert ways.known(person, query, ids)["customers"]["nodes"] == both
    for grants, expected in ((OWN, one), (READ, both), (OWN, one)):
        regrant(world.garage, person, Grants(grants))
        assert ways.of(person, query, ids)[1].json()["data"]["customers"]["nodes"] == expected
        assert ways.data(person, query, ids)["customers"]["nodes"] == expected


@pytest.mark.parametrize(("give", "take", "whom"), [(SHARE, UNSHARE, "with"), (TAKE_PART, LEAVE, "who")])
def test_a_record_that_is_shared_and_no_longer(
    world: World, ways: Ways, customer: str, give: str, take: str, whom: str
) -> None:
    person, query = hire(world.garage, f"shane-{whom}", Grants(OWN)), fresh(ONE)
    given = {"id": customer, whom: str(person.id)}
    ways.known(person, query, {"id": customer})
    for _ in range(2):
        changed(world, give, **given)
        _, answer = ways.of(person, query, {"id": customer})
        assert answer.json()["data"]["customer"] == {"name": "Seen", "taxNo": "T-1"}
        changed(world, take, **given)
        _, answer = ways.of(person, query, {"id": customer})
        assert answer.json()["data"]["customer"] is None


def test_a_record_that_changes_its_owner_or_is_deleted(world: World, ways: Ways) -> None:
    person, query = hire(world.garage, "olga", Grants(OWN)), fresh(ONE)
    id_ = str(world.garage.make(Customer, name="Hers", owner_id=person.id))
    update = "mutation($id: ID!, $o: ID) { x: customerUpdate(id: $id, input: { ownerId: $o }) { problems { code } } }"
    delete = "mutation($id: ID!) { x: customerDelete(id: $id) { problems { code } } }"
    there = {"name": "Hers", "taxNo": None}
    assert ways.known(person, query, {"id": id_}) == {"customer": there}
    for owner, expected in ((world.garage.ada.id, None), (person.id, there)):
        changed(world, update, id=id_, o=str(owner))
        assert ways.data(person, query, {"id": id_}) == {"customer": expected}
    changed(world, delete, id=id_)
    assert ways.data(person, query, {"id": id_}) == {"customer": None}


def test_a_person_who_goes_to_another_department(world: World, ways: Ways) -> None:
    of_department = rights(RowScope.DEPARTMENT, "customer", operations=("read",))
    person, query = hire(world.garage, "dora", Grants(of_department), department="north"), fresh(LIST)
    places = {name: world.garage.departments[name] for name in ("north", "service")}
    ids = {"ids": [str(world.garage.make(Customer, name=n, department_id=id_)) for n, id_ in places.items()]}
    assert ways.known(person, query, ids)["customers"]["nodes"] == [{"name": "north"}]
    move = (
        "mutation($id: ID!, $d: ID) { x: employeeUpdate(id: $id, input: { departmentId: $d }) { problems { code } } }"
    )
    for name, department in (("service", places["service"]), (None, None), ("north", places["north"])):
        changed(world, move, id=str(person.id), d=department and str(department))
        _, answer = ways.of(person, query, ids)
        expected = [{"name": name}] if name else []
        assert answer.json()["data"]["customers"]["nodes"] == expected
        assert answer.content == by_fields(person, query, ids).content


def test_a_person_who_no_longer_works_here(world: World, ways: Ways, customer: str) -> None:
    person, query = hire(world.garage, "gone", Grants(READ)), fresh(ONE)
    ways.known(person, query, {"id": customer})
    changed(world, "mutation($id: ID!) { x: employeeDelete(id: $id) { problems { code } } }", id=str(person.id))
    _, answer = ways.of(person, query, {"id": customer})
    assert "data" not in answer.json()
    assert code(answer) in ("FORBIDDEN", "UNAUTHENTICATED")


# --- Days ---


def test_a_role_that_ends_today(world: World, ways: Ways, customer: str, days: Callable[[int], Any]) -> None:
    person, query = for_days(hire(world.garage, "ines", Grants(READ))), fresh(ONE)
    with days(0):
        assign(world, person, clock.today(world.garage.tenant.time_zone))
        ways.known(person, query, {"id": customer})
    with days(1):
        way, answer = ways.of(person, query, {"id": customer})
        assert (way, answer.json()["data"], code(answer)) == ([LONG], {"customer": None}, "FORBIDDEN")


def test_a_share_that_ends_today(world: World, ways: Ways, customer: str, days: Callable[[int], Any]) -> None:
    person, query = for_days(hire(world.garage, "theo", Grants(OWN))), fresh(ONE)
    with days(0):
        until = clock.today(world.garage.tenant.time_zone).isoformat()
    changed(world, SHARE, id=customer, until=until, **{"with": str(person.id)})
    with days(0):
        assert ways.known(person, query, {"id": customer})["customer"] == {"name": "Seen", "taxNo": "T-1"}
    for day, is_seen in ((1, False), (0, True), (2, False)):
        with days(day):
            assert (ways.data(person, query, {"id": customer})["customer"] is not None) is is_seen


# --- Tenants and tokens ---


def test_a_suspended_tenant_is_refused_with_the_next_request(world: World, ways: Ways) -> None:
    sam, rita, query = world.garage.sam, world.rival.rita, fresh("{ products(first: 1) { nodes { id } } }")
    expected = ways.known(sam, query), ways.known(rita, query)
    suspend(world.garage.tenant)
    try:
        way, answer = ways.of(sam, query)
        assert (answer.status_code, code(answer), answer.headers["retry-after"]) == (503, "TENANT_UNAVAILABLE", "5")
        assert way == [FAST, LONG]
        assert ways.data(rita, query) == expected[1]
    finally:
        resume(world.garage.tenant)
        forget_callers()
    assert ways.known(sam, query) == expected[0]


@pytest.mark.parametrize("column", ["schema_version", "tenant_id"])
def test_a_tenant_that_is_behind_or_another_one_is_refused(world: World, ways: Ways, column: str) -> None:
    sam, rita, query = world.garage.sam, world.rival.rita, fresh("{ products(first: 1) { nodes { id } } }")
    expected = ways.known(sam, query), ways.known(rita, query)
    ((before,),) = world.sql(world.garage, f"SELECT {column} FROM stamp")
    world.sql(world.garage, f"UPDATE stamp SET {column} = %s", 0 if column == "schema_version" else UUID(int=1))
    try:
        for _ in range(2):
            way, answer = ways.of(sam, query)
            assert (way, answer.status_code, code(answer)) == ([FAST, LONG], 503, "TENANT_UNAVAILABLE")
        assert ways.data(rita, query) == expected[1]
    finally:
        world.sql(world.garage, f"UPDATE stamp SET {column} = %s", before)
    assert ways.known(sam, query) == expected[0]


def test_a_change_of_customisation_is_seen_once(world: World, ways: Ways) -> None:
    query = fresh("{ products(first: 1) { nodes { id } } }")
    ways.known(world.garage.sam, query)
    world.sql(world.garage, "UPDATE stamp SET customisation_version = customisation_version + 1")
    assert [ways.of(world.garage.sam, query)[0] for _ in range(3)] == [[FAST, LONG], [FAST], [FAST]]


def test_a_token_that_is_signed_out_here_is_refused_at_once(world: World, ways: Ways) -> None:
    sam, query = world.garage.sam, fresh("{ products(first: 1) { nodes { id } } }")
    person = replace(sam, token=issue_token(sam.tenant, sam.id, 1).token)
    ways.known(person, query)
    sign_out(person.token)
    way, answer = ways.of(person, query)
    assert (way, answer.status_code, code(answer)) == ([LONG], 401, "UNAUTHENTICATED")
    assert "www-authenticate" in answer.headers


def test_a_token_that_is_signed_out_elsewhere_is_refused_within_five_seconds(world: World, ways: Ways) -> None:
    sam, query, moment = world.garage.sam, fresh("{ products(first: 1) { nodes { id } } }"), clock.now()
    person = replace(sam, token=issue_token(sam.tenant, sam.id, 1).token)
    with clock.stopped_at(moment):
        ways.known(person, query)
    directory = settings().directory_dsn.rpartition("/")[2]
    with psycopg.connect(world.cluster.dsn(directory), autocommit=True) as admin:
        admin.execute("DELETE FROM directory.sign_in WHERE token_hash = %s", [sign_in._hash(person.token)])
    with clock.stopped_at(moment + FRESH):
        ways.data(person, query)
    with clock.stopped_at(moment + FRESH + timedelta(milliseconds=1)):
        way, answer = ways.of(person, query)
        assert (way, answer.status_code, code(answer)) == ([LONG], 401, "UNAUTHENTICATED")


def test_a_token_ends_when_it_should(world: World, ways: Ways) -> None:
    sam, query = world.garage.sam, fresh("{ products(first: 1) { nodes { id } } }")
    issued = issue_token(sam.tenant, sam.id, 1)
    person = replace(sam, token=issued.token)
    with clock.stopped_at(issued.expires_at - timedelta(milliseconds=1)):
        ways.known(person, query)
    with clock.stopped_at(issued.expires_at):
        way, answer = ways.of(person, query)
        assert (way, answer.status_code) == ([LONG], 401)


def test_who_is_shut_out_is_refused_within_five_seconds(world: World, ways: Ways) -> None:
    person, query = hire(world.garage, "shut", Grants(READ)), fresh("{ customers(first: 1) { nodes { id } } }")
    ways.known(person, query)
    shut_out(person.tenant, person.id)
    with clock.stopped_at(clock.now() + FRESH + timedelta(seconds=1)):
        assert ways.of(person, query)[1].status_code == 401
