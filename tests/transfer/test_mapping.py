"""A wrong mapping is refused before anything is written, with the place of the mistake and what there is instead."""

from pathlib import Path
from typing import Any

import pytest

from saas.cli.mapping_file import mapping_file
from saas.engine.transfer.mapping import mapping_from
from saas.engine.transfer.plan import Plan, plan_for
from saas.kit.errors import BadInput

HEADER = ("name", "city", "City ", "owner")
GOOD: dict[str, Any] = {"object": "customer", "key": ["name"], "columns": {"name": "name"}}


def planned(**changes: Any) -> Plan:
    return plan_for(mapping_from(GOOD | changes), HEADER)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"object": "custommer"}, "mapping: object: there is no object 'custommer'. Objects are: department, "),
        ({"columns": {"nam": "name"}}, "mapping: columns.nam: customer has no writable field 'nam'. Fields are: name,"),
        ({"columns": {"created_at": "name"}}, "mapping: columns.created_at: customer has no writable field"),
        (
            {"columns": {"name": "nome"}},
            "mapping: columns.name: the file has no column 'nome'. Columns are: name, city, City , owner.",
        ),
        (
            {"columns": {"name": "name", "language": "city"}},
            "mapping: columns.language: the file has 2 columns 'city'. Rename all but one in its header.",
        ),
        (
            {"key": [], "columns": {"language": "name"}},
            "mapping: key: there is no key. Say by which fields a customer is known again, such as code or name.",
        ),
        ({"key": ["code"]}, "mapping: key: code gets no value. Add code to columns."),
        (
            {"key": ["annual_revenue"], "columns": {"annual_revenue": "name"}},
            "mapping: key: annual_revenue is a money. Use a code, a name or a reference as key.",
        ),
        ({"columns": {}}, "mapping: columns: Dictionary should have at least 1 item"),
        ({"collumns": {}}, "mapping: collumns: there is no such setting."),
        ({"columns": {"name": {"columns": ["name", "name"]}}}, "mapping: columns.name: names a column twice."),
        (
            {"columns": {"name": {"columns": ["name", "owner"], "join": "-" * 21}}},
            "mapping: columns.name.join: is longer than 20 characters.",
        ),
        (
            {"columns": {"name": {"column": "name", "default": "x" * 1001}}},
            "mapping: columns.name.default: is longer than 1,000 characters.",
        ),
        (
            {"columns": {"name": {"column": "name", "date_format": "%d.%d"}}},
            "mapping: columns.name.date_format: is no form of a date such as %d.%m.%Y.",
        ),
        (
            {"columns": {"name": {"column": "name", "date_format": "%Q"}}},
            "mapping: columns.name.date_format: is no form of a date such as %d.%m.%Y.",
        ),
        ({"columns": {"name": {"colunm": "name"}}}, "mapping: columns.name.colunm: there is no such setting"),
        (
            {"columns": {"name": {"column": "name", "constant": "x"}}},
            "mapping: columns.name: needs exactly one of column, columns, constant; it has column and constant.",
        ),
        (
            {"columns": {"name": "name", "owner": {"column": "owner", "reference": {"by": "superior"}}}},
            "mapping: columns.owner.reference.by: employee cannot be looked up by that. It can by: name, code, email,",
        ),
        (
            {"columns": {"name": {"column": "name", "reference": {"by": "name"}}}},
            "mapping: columns.name.reference: customer.name is no reference. Leave it out.",
        ),
        (
            {"columns": {"name": "name", "owner": "owner", "owner_id": "owner"}},
            "mapping: columns.owner_id: the field is given twice. Give each field once.",
        ),
        ({"decimal": "/"}, "mapping: decimal: Input should be '.' or ','."),
    ],
)
def test_the_mistake_is_named_with_its_place_and_remedy(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(BadInput) as caught:
        planned(**changes)
    assert str(caught.value).startswith(message)
    assert caught.value.path[0] == "mapping"


def test_no_mapping_at_all_is_refused() -> None:
    with pytest.raises(BadInput, match=r"mapping: a mapping has object, key and columns, this is list\."):
        mapping_from([])


def test_fields_and_columns_are_found_in_any_spelling() -> None:
    plan = plan_for(
        mapping_from({"object": "opportunity", "key": ["code"], "columns": {"code": "ID", "closeOn": "Ende"}}),
        ("id", " ENDE"),
    )
    assert [(each.field.name, each.positions) for each in plan.fields] == [("code", (0,)), ("close_on", (1,))]


def test_without_a_key_the_first_that_the_object_declares_is_taken() -> None:
    assert [field.name for field in planned(key=[]).key_fields] == ["name"]


def test_a_file_that_is_no_yaml_is_refused_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "m.yaml"
    file.write_text("object: customer\ncolumns: [\n")
    with pytest.raises(BadInput, match=r"m\.yaml, line 3: this is no YAML: "):
        mapping_file(file)


def test_a_key_that_stands_twice_is_refused_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "m.yaml"
    file.write_text("object: customer\ncolumns:\n  name: a\n  name: b\n")
    with pytest.raises(BadInput, match=r"m\.yaml, line 3: this is no YAML: 'name' stands twice\."):
        mapping_file(file)


def test_numbers_and_yes_in_a_file_are_texts(tmp_path: Path) -> None:
    file = tmp_path / "m.yaml"
    file.write_text("object: product\ncolumns:\n  code: {column: a, values: {1: 2}}\n  unit: {constant: true}\n")
    columns = mapping_file(file).columns
    assert columns["code"].values == {"1": "2"}
    assert columns["unit"].constant == "true"
