"""Imports are taken back with the rights that their starter has by then; nothing is told of what they do not see."""

import itertools

import pytest
import sqlalchemy as sa

from saas.engine.access.tables import Access, RowScope
from saas.engine.registry import object_of
from saas.modules.customers.customer import Customer
from saas.modules.masters.tag import Tag
from saas.modules.organisation.rights import Grants
from tests.contracts.ledger import kept, marks
from tests.engine.people import hire, regrant
from tests.transfer.reverting import CODE_AND_NAME, Importing, change, columns, counted, csv, fresh, ids_of, why
from tests.world import World, limits, rights

_numbers = itertools.count(1)
_MASTERS = rights(RowScope.ALL, "employee", "department", operations=("read",))


@pytest.fixture
def clerk(world: World, cell: sa.Engine) -> Importing:
    """Imports of somebody who may do everything with their own customers."""
    name = f"clerk{next(_numbers)}"
    person = hire(world.garage, name, Grants(rights(RowScope.OWN, "customer") | _MASTERS), department="north")
    return Importing(world, cell, person)


def restrict(clerk: Importing, grants: Grants) -> None:
    """Give the clerk other rights than the import had."""
    regrant(clerk.world.garage, clerk.person, grants)


def test_whoever_may_not_delete_any_more_leaves_what_is_new(world: World, clerk: Importing) -> None:
    old, new = codes = fresh(2)
    world.garage.make(Customer, code=old, name="Before", owner_id=clerk.person.id)
    run_id = clerk.bring("customer", csv(codes), ["code"], CODE_AND_NAME)
    restrict(clerk, Grants(rights(RowScope.OWN, "customer", operations=("read", "update"))))
    told = clerk.take_back(run_id)
    assert told["counts"] == counted(2, 1, refused=1)
    needed = "You need the right customer.delete. An administrator can grant it to one of your roles."
    assert why(told) == [(3, "FORBIDDEN", needed)]
    found = world.sql(world.garage, "SELECT name, deleted_at FROM customer WHERE code = ANY(%s) ORDER BY code", codes)
    assert found == [("Before", None), (f"Imported {new}", None)]


def test_with_neither_right_it_is_not_begun(world: World, clerk: Importing) -> None:
    run_id = clerk.bring("customer", csv(fresh()), ["code"], CODE_AND_NAME)
    restrict(clerk, Grants(rights(RowScope.OWN, "customer", operations=("read", "create"))))
    before = marks(world, world.garage)
    answer = clerk.ask_back(run_id)
    message = "You need the right customer.delete or customer.update. An administrator can grant it."
    problem = {"__typename": "ForbiddenProblem", "code": "FORBIDDEN", "message": message, "path": []}
    assert answer == {"id": None, "importRun": None, "problems": [problem]}
    assert marks(world, world.garage) == before


def test_the_reason_names_only_fields_that_one_sees(world: World, clerk: Importing) -> None:
    hidden, both = codes = fresh(2)
    run_id = clerk.bring("customer", csv(codes), ["code"], CODE_AND_NAME)
    restrict(clerk, Grants(rights(RowScope.OWN, "customer"), limits("customer", "contact", Access.HIDDEN)))
    ids = ids_of(world, [hidden, both])
    change(world, ids[0], phone="+1 555 0000000")
    change(world, ids[1], phone="+1 555 0000001", address={"city": "Berlin"}, notes="By hand")
    told = clerk.take_back(run_id)
    assert told["counts"] == counted(2, 0, refused=2)
    assert why(told) == [
        (2, "MOVED_ON", "It was changed since the import."),
        (3, "MOVED_ON", "It was changed since the import: Notes."),
    ]
    assert [issue["fields"] for issue in told["issues"]] == [[], ["notes"]]


def test_of_what_went_out_of_sight_nothing_is_told(world: World, clerk: Importing) -> None:
    old, new = codes = fresh(2)
    world.garage.make(Customer, code=old, name="Before", owner_id=clerk.person.id)
    run_id = clerk.bring("customer", csv(codes), ["code"], CODE_AND_NAME)
    for id_ in ids_of(world, [old, new]):
        change(world, id_, ownerId=str(world.garage.sue.id), notes="By hand")
    gone = "mutation($id: ID!) { customerDelete(id: $id) { problems { code } } }"
    assert world.garage.ada.ask(gone, id=str(ids_of(world, [new])[0]))["customerDelete"]["problems"] == []
    told = clerk.take_back(run_id)
    message = "There is no such customer in your sight any more."
    assert why(told) == [(2, "NOT_FOUND", message), (3, "NOT_FOUND", message)]
    assert [issue["fields"] for issue in told["issues"]] == [[], []]
    found = world.sql(world.garage, "SELECT name FROM customer WHERE code = %s", old)
    assert found == [(f"Imported {old}",)]


def test_a_field_that_one_may_not_write_any_more_is_not_put_back(world: World, clerk: Importing) -> None:
    (code,) = fresh()
    world.garage.make(Customer, code=code, name="Before", phone="+49 30 1", owner_id=clerk.person.id)
    text = f"code,name,phone\n{code},After,+49 30 2\n"
    run_id = clerk.bring("customer", text, ["code"], columns("code", "name", "phone"))
    restrict(clerk, Grants(rights(RowScope.OWN, "customer"), limits("customer", "contact", Access.READ)))
    told = clerk.take_back(run_id)
    assert why(told) == [(2, "FORBIDDEN", "You may not write Phone.")]
    assert told["issues"][0]["fields"] == ["phone"]
    found = world.sql(world.garage, "SELECT name, phone, version FROM customer WHERE code = %s", code)
    assert found == [("After", "+49 30 2", 2)]


def test_a_reference_to_what_one_does_not_see_any_more_is_not_put_back(world: World, clerk: Importing) -> None:
    code, parent = fresh(2)
    parent_id = world.garage.make(Customer, code=parent, name="Parent", owner_id=clerk.person.id)
    world.garage.make(Customer, code=code, name="Child", parent_id=parent_id, owner_id=clerk.person.id)
    mapped = columns("code", "parent", parent={"by": "code"})
    run_id = clerk.bring("customer", f"code,parent\n{code},\n", ["code"], mapped)
    change(world, parent_id, ownerId=str(world.garage.sue.id))
    told = clerk.take_back(run_id)
    assert why(told) == [(2, "NOT_FOUND", "Parent company: there is no such customer.")]
    assert world.sql(world.garage, "SELECT parent_id FROM customer WHERE code = %s", code) == [(None,)]


def test_what_one_does_not_see_in_a_list_stays_in_it(world: World, cell: sa.Engine) -> None:
    tags = [world.garage.make(Tag, name=name) for name in fresh(3)]
    (code,) = fresh()
    person = hire(world.garage, f"clerk{next(_numbers)}", Grants(rights(RowScope.ALL, "customer", "tag")))
    clerk = Importing(world, cell, person)
    id_ = world.garage.make(Customer, code=code, name="N", tags=tags[:2])
    names = dict(world.sql(world.garage, "SELECT id, name FROM tag WHERE id = ANY(%s)", tags))
    gone = "mutation($id: ID!) { tagDelete(id: $id) { problems { code } } }"
    assert world.garage.ada.ask(gone, id=str(tags[1]))["tagDelete"]["problems"] == []
    text = f"code,tags\n{code},{names[tags[2]]}\n"
    run_id = clerk.bring("customer", text, ["code"], columns("code", "tags"))
    listed = "SELECT target_id FROM link WHERE record_id = %s ORDER BY position"
    assert world.sql(world.garage, listed, id_) == [(tags[2],), (tags[1],)]
    assert clerk.take_back(run_id)["counts"] == counted(1, 1)
    assert world.sql(world.garage, listed, id_) == [(tags[0],), (tags[1],)]


def test_the_other_company_is_as_it_was(world: World, clerk: Importing) -> None:
    codes = fresh(3)
    run_id = clerk.bring("customer", csv(codes), ["code"], CODE_AND_NAME)
    before = kept(world, world.rival, object_of(Customer)), marks(world, world.rival)
    assert clerk.take_back(run_id)["counts"] == counted(3, 3)
    assert (kept(world, world.rival, object_of(Customer)), marks(world, world.rival)) == before
