"""Whose rights hold in a file: rows, hidden fields and masks are those of the list for the same person."""

from uuid import UUID

import orjson
import pytest

from saas.engine.access.tables import Access, Relation, RowScope
from saas.engine.export.run import perform
from saas.modules.customers.customer import Customer
from saas.modules.organisation.rights import Grants, Right
from tests.contracts.ledger import marks
from tests.engine.people import hire, regrant
from tests.export.place import CANCEL, exported, followed, started, wished
from tests.world import Person, World, limits, rights

OTHERS = tuple(relation for relation in Relation if relation is not Relation.OWNER)
READ = frozenset({Right("customer", "read", RowScope.ALL)})
BOTH = rights(RowScope.ALL, "customer", operations=("read", "export"))
HIDDEN = limits("customer", "finance", Access.HIDDEN)
PARTLY = limits("customer", "contact", Access.MASKED, *OTHERS)
OF = "filter: { id: { in: $ids } }, orderBy: [{ name: ASC }]"


@pytest.fixture(scope="module")
def eve(world: World) -> Person:
    """Exports all customers; sees contact details of her own, masks of others, finances never."""
    return hire(world.garage, "eve", Grants(BOTH, HIDDEN | PARTLY))


@pytest.fixture(scope="module")
def made(world: World, eve: Person) -> list[str]:
    values = {"phone": "13812345678", "fax": "13812345678", "tax_no": "T1", "bank": "B"}
    owners = {"A hers": eve.id, "B his": world.garage.sam.id}
    rows = [{"name": name, "owner_id": owner, **values} for name, owner in owners.items()]
    return [str(each) for each in world.garage.make_many(Customer, rows)]


def test_masks_and_empty_cells_are_those_of_the_list(world: World, eve: Person, made: list[str]) -> None:
    found = exported(eve, f'{OF}, format: CSV, fields: ["name", "phone"]', ids=made)
    assert found.rows == ["Name,Phone", "A hers,13812345678", "B his,138****5678"]
    typed = exported(eve, f'{OF}, format: JSON_LINES, fields: ["phone"]', ids=made)
    assert typed.content.decode() == (
        f'{{"id":"{made[0]}","phone":"13812345678"}}\n{{"id":"{made[1]}","phone":"138****5678"}}\n'
    )


def test_fields_that_are_always_hidden_are_no_columns(world: World, eve: Person, made: list[str]) -> None:
    heading = exported(eve, f"{OF}, format: CSV", ids=made).rows[0].split(",")
    assert {"Name", "Phone", "Address city", "Created at"} <= {*heading}
    assert not {"Tax number", "Bank", "Annual revenue", "Annual revenue currency", "Credit rating"} & {*heading}
    whole = exported(world.garage.ada, f"{OF}, format: CSV", ids=made).rows[0].split(",")
    assert {"Tax number", "Bank", "Annual revenue", "Annual revenue currency", "Credit rating"} <= {*whole}


def test_a_hidden_field_that_is_named_is_refused_and_nothing_is_noted(world: World, eve: Person) -> None:
    before = marks(world, world.garage)
    (problem,) = wished(eve, 'format: CSV, fields: ["name", "taxNo"]')["problems"]
    assert problem["code"] == "FORBIDDEN"
    assert problem["message"].startswith("customer.taxNo is hidden from you, so it cannot be exported.")
    (problem,) = wished(eve, 'format: CSV, filter: { taxNo: { eq: "T1" } }')["problems"]
    assert problem["message"].startswith("customer.taxNo is hidden from you, so it cannot filter")
    (problem,) = wished(eve, "format: CSV, trash: ONLY")["problems"]
    assert problem["message"].startswith("You need the right customer.restore.")
    assert marks(world, world.garage) == before


def test_only_records_that_both_rights_reach_are_in_the_file(world: World, made: list[str]) -> None:
    own = frozenset({Right("customer", "export", RowScope.OWN)})
    lou = hire(world.garage, "lou", Grants(READ | own))
    mine = world.garage.make(Customer, name="C lou's", owner_id=lou.id)
    assert exported(lou, f'{OF}, format: CSV, fields: ["name"]', ids=[*made, str(mine)]).rows == ["Name", "C lou's"]


def test_excel_needs_its_special_permission(world: World, eve: Person) -> None:
    (problem,) = wished(eve, "format: XLSX")["problems"]
    assert problem["code"] == "FORBIDDEN"
    assert problem["message"].startswith("You need the special permission export.excel.")


def test_rights_that_were_lost_before_it_begins_end_it(world: World) -> None:
    tom = hire(world.garage, "tom", Grants(BOTH))
    run_id = started(tom, "format: CSV")
    regrant(world.garage, tom, Grants(READ))
    perform(tom.tenant, tom.id, run_id)
    run = followed(tom, run_id)
    assert (run["state"], run["file"], run["progress"]) == ("FAILED", None, {"rows": 0})
    assert run["reason"].startswith("You need the right customer.export.")


def test_a_field_that_was_hidden_before_it_begins_is_absent_or_ends_it(world: World, made: list[str]) -> None:
    kim = hire(world.garage, "kim", Grants(BOTH))
    named = started(kim, f'{OF}, format: CSV, fields: ["taxNo"]', ids=made)
    regrant(world.garage, kim, Grants(BOTH, HIDDEN))
    perform(kim.tenant, kim.id, named)
    assert followed(kim, named)["reason"].startswith("customer.taxNo is hidden from you")


def test_it_is_called_off_by_whoever_started_it(world: World, eve: Person) -> None:
    run_id = str(started(eve, "format: CSV"))
    for stranger in (world.garage.ada, world.rival.rita):
        refused = stranger.ask(CANCEL, id=run_id)["exportRunCancel"]
        assert refused == {"id": None, "exportRun": None, "problems": [{"code": "NOT_FOUND", "path": ["id"]}]}
    off = eve.ask(CANCEL, id=run_id)["exportRunCancel"]
    assert (off["id"], off["exportRun"]["state"], off["exportRun"]["reason"]) == (run_id, "CANCELLED", "Called off.")
    perform(eve.tenant, eve.id, UUID(run_id))
    assert followed(eve, UUID(run_id))["file"] is None
    again = eve.ask(CANCEL, id=run_id)["exportRunCancel"]
    assert again["problems"] == [{"code": "NOT_FOUND", "path": ["id"]}]


def test_the_log_tells_of_all_exports_to_whom_may_see_roles(world: World, eve: Person, made: list[str]) -> None:
    found = exported(eve, f'{OF}, format: CSV, fields: ["name"]', ids=made)
    query = """{ exportRuns(everybodys: true) {
        id object createdById asked progress { rows } file { id } } }"""
    told = {each["id"]: each for each in world.garage.ada.ask(query)["exportRuns"]}[found.run["id"]]
    asked = orjson.loads(told.pop("asked"))
    assert (asked["filter"], asked["fields"], asked["format"]) == ({"id": {"in": made}}, ["name"], "csv")
    assert told == {
        "id": found.run["id"],
        "object": "customer",
        "createdById": str(eve.id),
        "progress": {"rows": 2},
        "file": None,
    }
    assert eve.errors(query)[0]["extensions"]["code"] == "FORBIDDEN"
    assert found.run["id"] not in {each["id"] for each in world.rival.rita.ask(query)["exportRuns"]}
