"""Each invariant is broken by hand, past the program, and found."""

from collections.abc import Callable
from uuid import UUID, uuid4

import pytest

import saas.engine.holds
from saas.engine.holds import kept_files
from saas.engine.invariant_check import Result, checked
from saas.engine.invariants import invariants
from saas.engine.jobs import Step
from saas.engine.rebuild import records_rebuild
from saas.kit.errors import Unavailable
from saas.modules.customers.contact import Contact
from saas.modules.customers.customer import Customer
from saas.modules.organisation.department import Department
from saas.modules.organisation.employee import Employee
from saas.modules.organisation.region import Region
from saas.modules.organisation.role import Role
from saas.modules.sales.opportunity import Opportunity
from tests.world import Company, World

DECLARED = saas.engine.holds
FILE = """
    INSERT INTO file (id, name, name_folded, search_grams, size, type, state, blob, created_by, created_at, expires_at)
    VALUES (%s, 'a', 'a', '{}', 3, 'text/plain', 'ready', %s, %s, now(), now())"""
JOB = """
    INSERT INTO platform.job (id, tenant_id, tenant_role, queue, kind, task, payload, max_attempts, run_at, dead_at)
    VALUES (%s, %s, %s, 'mail', 'atomic', 'invitation_send', '{}', 1, now() - %s * interval '1 hour', %s)"""


def look(company: Company, name: str) -> Result:
    """What a check finds of one invariant."""
    which = [each for each in invariants() if each.name == name]
    (found,) = [each for each in checked(company.tenant, {}, which=which) if isinstance(each, Result)]
    return found


def statement(record: type, sql: str) -> Callable[[World], object]:
    """Breaks a new record by SQL with its id; what is to be found is that id."""

    def breaks(world: World) -> object:
        id_ = world.garage.make(record)
        world.sql(world.garage, sql, id_)
        return id_

    return breaks


def lines_wrong(world: World) -> object:
    """The total of a document with a line is another one."""
    ask = """
        mutation($input: OpportunityCreateInput!) { x: opportunityCreate(input: $input) { id problems { message } } }"""
    line = {"quantity": "2", "unitPrice": {"amount": "10", "currency": "USD"}}
    made = world.garage.ada.ask(ask, input={"name": "Adds up", "lines": [line]})["x"]
    assert made["problems"] == []
    world.sql(world.garage, "UPDATE opportunity SET amount = 21, amount_base = 21 WHERE id = %s", made["id"])
    return made["id"]


def reference_lost(world: World) -> object:
    customer = world.garage.make(Customer)
    contact = world.garage.make(Contact, customer_id=customer)
    world.sql(world.garage, "UPDATE customer SET deleted_at = now() WHERE id = %s", customer)
    return contact


def superior_missing(world: World) -> object:
    mona, sam = world.garage.mona.id, world.garage.sam.id
    gone = "DELETE FROM superior_closure WHERE superior_id = %s AND subordinate_id = %s"
    world.sql(world.garage, gone, mona, sam)
    return sam


def pair_too_many(table: str) -> Callable[[World], object]:
    def breaks(world: World) -> object:
        record = Department if table == "department_closure" else Region
        above, below = world.garage.make(record), world.garage.make(record)
        world.sql(world.garage, f"INSERT INTO {table} VALUES (%s, %s, 1)", above, below)
        return below

    return breaks


def role_gone(world: World) -> object:
    role = world.garage.make(Role)
    world.sql(world.garage, "INSERT INTO principal_role VALUES (%s, %s)", world.garage.nick.id, role)
    world.sql(world.garage, "UPDATE role SET deleted_at = now() WHERE id = %s", role)
    return world.garage.nick.id


def file_uncounted(world: World) -> object:
    ((counted,),) = world.sql(world.garage, "SELECT sum(bytes) || ' bytes, ' || sum(files) || ' files' FROM file_use")
    _file(world)
    return counted


def _file(world: World) -> UUID:
    id_ = uuid4()
    world.sql(world.garage, FILE, id_, uuid4(), world.garage.ada.id)
    return id_


def attachment_lost(world: World) -> object:
    customer = world.garage.make(Customer)
    lost = "INSERT INTO attachment VALUES (%s, %s, %s, now())"
    world.sql(world.garage, lost, customer, uuid4(), world.garage.ada.id)
    return customer


def job(*, is_dead: bool) -> Callable[[World], object]:
    def breaks(world: World) -> object:
        id_, tenant = uuid4(), world.garage.tenant
        world.sql(world.garage, JOB, id_, tenant.id, tenant.role, 25, "2026-01-01" if is_dead else None)
        return id_

    return breaks


def membership_of_nobody(world: World) -> object:
    person = world.garage.make(Employee, email="left@garage.test")
    ask = """mutation($id: ID!) { x: invitationCreate(input: { employeeId: $id }) { problems { message } } }"""
    assert world.garage.ada.ask(ask, id=str(person))["x"]["problems"] == []
    world.sql(world.garage, "UPDATE principal SET is_active = false WHERE id = %s", world.garage.sue.id)
    return world.garage.sue.id


def link_lost(world: World) -> object:
    opportunity = world.garage.make(Opportunity)
    lost = "INSERT INTO link (record_id, field, target_id, position) VALUES (%s, 'opportunity.tags', %s, 0)"
    world.sql(world.garage, lost, opportunity, uuid4())
    return opportunity


CASES: dict[str, Callable[[World], object]] = {
    "customer.texts_match": statement(Customer, "UPDATE customer SET name_sort = 'zzz' WHERE id = %s"),
    "employee.texts_match": statement(Employee, "UPDATE employee SET search_grams = '{}' WHERE id = %s"),
    "customer.duplicate_keys_match": statement(Customer, "DELETE FROM duplicate_key WHERE record_id = %s"),
    "opportunity.derived_fields_match": lines_wrong,
    "opportunity.base_amounts_match": statement(Opportunity, "UPDATE opportunity SET amount = 5 WHERE id = %s"),
    "contact.references_live": reference_lost,
    "opportunity.links_lead_to_records": link_lost,
    "customer.audit_tells_each_version": statement(Customer, "UPDATE customer SET version = 2 WHERE id = %s"),
    "files_are_counted": file_uncounted,
    "files_hang_or_are_loose": _file,
    "attachments_have_files": attachment_lost,
    "contents_are_kept": _file,
    "jobs_end_well": job(is_dead=True),
    "jobs_are_in_time": job(is_dead=False),
    "department.closure_matches": pair_too_many("department_closure"),
    "region.closure_matches": pair_too_many("region_closure"),
    "employee.superior_closure_matches": superior_missing,
    "employee.principals_match": statement(Employee, "UPDATE principal SET region_id = id WHERE id = %s"),
    "roles_are_held_by_somebody": role_gone,
    "memberships_are_of_people": membership_of_nobody,
}


def test_every_kind_of_invariant_is_broken_here_once() -> None:
    kinds = {each.name.rpartition(".")[2] for each in invariants()}
    assert {name.rpartition(".")[2] for name in CASES} == kinds
    assert {each.name for each in invariants()} > CASES.keys()


@pytest.mark.parametrize("name", CASES)
def test_what_breaks_it_is_found(world: World, name: str) -> None:
    broken = str(CASES[name](world))
    found = look(world.garage, name)
    assert found.note == ""
    assert broken in found.sample
    assert look(world.rival, name) == Result(name)


class _Away:
    """A store of files that does not answer."""

    def pieces(self, *_of: object) -> list[bytes]:
        raise Unavailable("Nobody is there.")


@pytest.mark.parametrize("is_slow", [False, True])
def test_a_store_that_cannot_be_asked_is_told_and_ends_no_check(
    world: World, monkeypatch: pytest.MonkeyPatch, is_slow: bool
) -> None:
    _file(world)
    if is_slow:
        monkeypatch.setattr(kept_files, "_SECONDS", -1.0)
    else:
        monkeypatch.setattr(kept_files, "file_store", _Away)
    found = look(world.garage, "contents_are_kept")
    assert (found.is_whole, found.note.partition(" files ")[0]) == (False, "The store of")
    assert ("takes longer than" if is_slow else "Nobody is there.") in found.note


def test_a_rebuild_mends_what_it_is_the_remedy_of(world: World) -> None:
    mended = [each.name for each in invariants() if "rebuild" in each.remedy]
    for name in mended:
        if name in CASES:
            CASES[name](world)
            assert look(world.garage, name).count >= 1
    step: Step | None = Step()
    while step is not None:
        with world.garage.scope() as scope:
            step = records_rebuild(scope, step)
    assert [found for name in mended if (found := look(world.garage, name)).count] == []
