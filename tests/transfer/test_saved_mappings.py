"""Mappings that are kept under a name: used by all who may import the object, changed by whoever made them."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from saas.cli.import_data import command
from saas.engine.scope import open_scope
from saas.engine.transfer.mapping import mapping_from
from saas.engine.transfer.saved import mapping_save
from saas.kit.errors import BadInput, NotFound
from tests.workers.place import eventually
from tests.world import Person, World

MAPPING: dict[str, Any] = {
    "key": ["code"],
    "decimal": ",",
    "sheet": "Kunden",
    "columns": [
        {"field": "code", "column": "Nr"},
        {"field": "name", "columns": ["Name", "Zusatz"], "join": ", "},
        {"field": "owner", "column": "Betreuer", "by": "email", "skipEmpty": True},
        {"field": "annualRevenue", "column": "Umsatz", "times": "1000", "round": 2},
        {"field": "kind", "constant": "COMPANY"},
        {"field": "source", "column": "Quelle", "values": [{"from": "Messe", "to": "fair"}]},
    ],
}
COLUMN = """field column columns join constant default values { from to } separator by dateFormat round times
  lineBreaks skipEmpty warnIfEmpty"""
SAVED = f"""id name object key uniqueRows delimiter decimal encoding sheet createdById
  columns {{ {COLUMN} }} lines {{ key list columns {{ {COLUMN} }} }}"""
SAVE = f"""mutation($object: String!, $name: String!, $mapping: ImportMappingInput!) {{
  importMappingSave(object: $object, name: $name, mapping: $mapping) {{
    id importMapping {{ {SAVED} }} problems {{ code message path }}
  }}
}}"""
DELETE = "mutation($id: ID!) { importMappingDelete(id: $id) { id problems { code message } } }"
LIST = f"query($object: String) {{ importMappings(object: $object) {{ {SAVED} }} }}"
START = """mutation($input: ImportRunStartInput!) {
  importRunStart(input: $input) { id problems { message path } }
}"""
SUGGEST = 'query($csv: String!) { importSuggestion(object: "customer", csv: $csv) { saved { name } } }'
CSV = "nr;name;zusatz;betreuer;umsatz;quelle\nsm1;Hafen;AG;;1,5;Messe\n"


def saved(person: Person, name: str, mapping: dict[str, Any] | None = None, one: str = "customer") -> dict[str, Any]:
    found: dict[str, Any] = person.ask(SAVE, object=one, name=name, mapping=mapping or MAPPING)["importMappingSave"]
    return found


def names(person: Person, one: str | None = "customer") -> list[str]:
    return [each["name"] for each in person.ask(LIST, object=one)["importMappings"]]


def said(columns: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The columns without what is not said of them."""
    return [{name: value for name, value in column.items() if value is not None} for column in columns]


def test_what_was_saved_is_told_as_it_was_given(world: World) -> None:
    told = saved(world.garage.sam, " Kunden  von SAP ")
    assert told["problems"] == []
    mapping = told["importMapping"]
    assert (mapping["name"], mapping["object"]) == ("Kunden von SAP", "customer")
    assert mapping["createdById"] == str(world.garage.sam.id)
    assert said(mapping["columns"]) == MAPPING["columns"]
    assert {name: mapping[name] for name in ("key", "decimal", "sheet", "encoding", "lines")} == {
        "key": ["code"],
        "decimal": ",",
        "sheet": "Kunden",
        "encoding": None,
        "lines": None,
    }
    assert mapping in world.garage.ada.ask(LIST, object="customer")["importMappings"]


def test_lines_are_saved_too(world: World) -> None:
    lines = {"key": ["product"], "list": "items", "columns": [{"field": "product", "column": "P", "by": "code"}]}
    mapping = {"key": ["code"], "columns": [{"field": "code", "column": "No"}], "lines": lines}
    told = saved(world.garage.ada, "Deals", mapping, "opportunity")["importMapping"]["lines"]
    assert told | {"columns": said(told["columns"])} == lines


def test_it_is_used_by_its_id_and_offered_for_files_that_fit(world: World) -> None:
    ada = world.garage.ada
    id_ = saved(world.garage.sam, "Fitting")["id"]
    assert {"name": "Fitting"} in ada.ask(SUGGEST, csv=CSV)["importSuggestion"]["saved"]
    assert ada.ask(SUGGEST, csv=CSV.replace("umsatz", "sales"))["importSuggestion"]["saved"] == []
    given = {"object": "customer", "fileName": "k.csv", "csv": CSV, "mappingId": id_}
    assert ada.ask(START, input=given)["importRunStart"]["problems"] == []
    stored = world.sql(world.garage, "SELECT mapping->>'sheet' FROM import_run ORDER BY created_at DESC LIMIT 1")
    assert stored == [("Kunden",)]
    for wrong, message in (
        ({"object": "product"}, "This mapping is one for customer."),
        ({"mapping": MAPPING}, "Give either mapping or mappingId."),
        ({"mappingId": str(ada.id)}, "There is no such mapping in your sight."),
    ):
        (problem,) = ada.ask(START, input=given | wrong)["importRunStart"]["problems"]
        assert problem["message"] == message


def test_only_its_maker_and_administrators_change_it(world: World) -> None:
    ada, sam, sue = world.garage.ada, world.garage.sam, world.garage.sue
    id_ = saved(sam, "Ours")["id"]
    assert saved(sue, "OURS")["problems"] == [
        {"code": "FORBIDDEN", "message": "Somebody else made the mapping of this name.", "path": ["name"]}
    ]
    (problem,) = sue.ask(DELETE, id=id_)["importMappingDelete"]["problems"]
    assert (problem["code"], names(sue).count("Ours")) == ("FORBIDDEN", 1)
    changed = saved(ada, "OURS", MAPPING | {"decimal": "."})
    assert (changed["id"], changed["importMapping"]["decimal"]) == (id_, ".")
    assert changed["importMapping"]["createdById"] == str(sam.id)
    assert sam.ask(DELETE, id=id_)["importMappingDelete"] == {"id": id_, "problems": []}
    assert "OURS" not in names(ada)


def test_of_two_that_save_a_name_at_a_time_the_second_does_not_replace_the_first(world: World) -> None:
    sam, sue = world.garage.sam, world.garage.sue
    mapping = mapping_from({"object": "customer", "columns": {"name": "Only there"}})
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    with ThreadPoolExecutor(1) as beside:
        with open_scope(sam.tenant, sam.id, write=True) as scope:
            (first,) = mapping_save(scope, "At a time", mapping)
            second = beside.submit(saved, sue, "at a TIME")
            eventually(lambda: world.sql(world.garage, waiting) == [(1,)])
        assert second.result()["problems"][0]["code"] == "FORBIDDEN"
    (kept,) = (each for each in sam.ask(LIST, object="customer")["importMappings"] if each["name"] == "At a time")
    assert (kept["id"], kept["createdById"], len(kept["columns"])) == (str(first.id), str(sam.id), 1)


def test_who_may_not_import_the_object_sees_none_and_no_other_company_does(world: World) -> None:
    id_ = saved(world.garage.ada, "Products", {"columns": MAPPING["columns"][:1]}, "product")["id"]
    assert names(world.garage.ada, "product") == ["Products"]
    for stranger in (world.garage.sam, world.garage.nick, world.rival.rita):
        assert "Products" not in names(stranger, None)
        assert stranger.ask(DELETE, id=id_)["importMappingDelete"]["problems"][0]["code"] == "NOT_FOUND"
    (problem,) = saved(world.garage.sam, "Mine", {"columns": MAPPING["columns"][:1]}, "product")["problems"]
    assert problem["code"] == "FORBIDDEN"


def test_what_can_fit_no_file_is_refused_with_its_place(world: World) -> None:
    sam = world.garage.sam
    wrong = MAPPING | {"columns": [{"field": "nmae", "column": "Name"}]}
    (problem,) = saved(sam, "Wrong", wrong)["problems"]
    assert problem["path"] == ["mapping", "columns", "nmae"]
    for name in ("", " ", "x" * 101):
        (problem,) = saved(sam, name)["problems"]
        assert (problem["message"], problem["path"]) == ("A name has 1 to 100 characters.", ["name"])
    assert "Wrong" not in names(sam)


def test_the_command_takes_one_by_its_name(world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    saved(world.garage.sam, "For the command")
    file = tmp_path / "k.csv"
    file.write_text(CSV.replace("sm1", "sm2"))
    command.main(["garage", str(file), "--saved", "for the COMMAND", "--json"], standalone_mode=False)
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["created"] == 1
    with pytest.raises(NotFound, match="There is no saved mapping 'Nope'"):
        command.main(["garage", str(file), "--saved", "Nope"], standalone_mode=False)
    with pytest.raises(BadInput, match="Give either --mapping FILE or --saved NAME"):
        command.main(["garage", str(file)], standalone_mode=False)
