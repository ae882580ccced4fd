"""Which column is which field: by headings in two languages, by other words for them, and by what stands below."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from saas.cli.suggest_mapping import command
from saas.engine.registry import object_named
from saas.engine.transfer.mapping import mapping_from
from saas.engine.transfer.plan import plan_for
from saas.engine.transfer.suggest import Suggestion, suggest
from saas.kit.errors import BadConfig
from tests.transfer.place import DATA, bring, needs_data, sheet, tally
from tests.world import World

SUGGEST = """
    query($object: String!, $csv: String!) {
      importSuggestion(object: $object, csv: $csv) {
        object key decimal unused missing doubts columns { column field by dateFormat times }
      }
    }"""


def suggested(one: str, csv: str) -> Suggestion:
    """What is suggested, which always is a mapping that fits the file."""
    table = sheet(csv)
    found = suggest(object_named(one), table)
    if found.columns and found.key:
        plan_for(mapping_from(found.as_mapping()), table.header)
    return found


def fields(one: str, csv: str) -> dict[str, str]:
    return {each.column: each.field for each in suggested(one, csv).columns}


def test_headings_in_english() -> None:
    csv = "Customer Name,customer_code,E-Mail,Tel.,ZIP,City,Owner e-mail,Remarks\na,b,c,d,1,e,f,g\n"
    assert fields("customer", csv) == {
        "Customer Name": "name",
        "customer_code": "code",
        "E-Mail": "email",
        "Tel.": "phone",
        "ZIP": "address.postalCode",
        "City": "address.city",
        "Owner e-mail": "owner",
        "Remarks": "notes",
    }


def test_headings_in_chinese() -> None:
    csv = "客户名称,客户编码,联系电话,负责人邮箱,所在城市,注册资本（万元）,备注\n上海机床,k1,021,a@b.cn,上海,1200,好\n"
    found = suggested("customer", csv)
    assert found.as_mapping() == {
        "object": "customer",
        "key": ["code"],
        "columns": {
            "name": "客户名称",
            "code": "客户编码",
            "phone": "联系电话",
            "owner": {"column": "负责人邮箱", "reference": {"by": "email"}},
            "address.city": "所在城市",
            "registeredCapital": {"column": "注册资本（万元）", "times": 10_000},
            "notes": "备注",
        },
    }
    assert (found.unused, found.missing, found.doubts) == ([], [], [])


def test_what_stands_in_a_column_must_be_of_its_field() -> None:
    # A customer's "Customer" is its name, unless it says yes and no; a stage of none of the stages is not one.
    assert fields("customer", "Customer\nAcme\nBeta\n") == {"Customer": "name"}
    assert fields("customer", "Name,Customer\nAcme,yes\nBeta,no\n") == {"Name": "name", "Customer": "isCustomer"}
    found = suggested("customer", "Name,Founded in\nAcme,long ago\nBeta,very long ago\nGamma,1990\n")
    assert ([each.field for each in found.columns], found.unused) == (["name"], ["Founded in"])


@pytest.mark.parametrize(
    ("dates", "form", "is_doubtful"),
    [
        ("1980-03-25 1981/4/1 1982年5月6日", None, False),
        ("25.03.1980 01.04.1981", "%d.%m.%Y", False),
        ("03/25/1980 04/01/1981", "%m/%d/%Y", False),
        ("25/03/1980 01/04/1981", "%d/%m/%Y", False),
        ("03/05/1980 04/01/1981", "%d/%m/%Y", True),
        ("19800325 19810401", "%Y%m%d", False),
    ],
)
def test_how_dates_are_written_is_recognised(dates: str, form: str | None, is_doubtful: bool) -> None:
    rows = "".join(f"a,{each}\n" for each in dates.split())
    found = suggested("contact", f"Name,Birthday\n{rows}")
    (_, birthday) = found.columns
    assert (birthday.date_format, bool(found.doubts)) == (form, is_doubtful)


def test_the_decimal_separator_is_recognised() -> None:
    rows = 'a;"1.200,50"\nb;"17,5"\nc;300\n'
    assert suggested("customer", f"Name;Annual revenue\n{rows}").decimal == ","
    rows = 'a;"1,200.50"\nb;17.5\nc;300\n'
    assert suggested("customer", f"Name;Annual revenue\n{rows}").decimal == "."


def test_what_is_not_recognised_twice_there_or_missing_is_told() -> None:
    found = suggested("opportunity", "Amount,Amount,Colour of the sky,Stage\n1,2,blue,NEW\n")
    assert found.columns == []
    assert (found.unused, found.missing) == (["Amount", "Amount", "Colour of the sky", "Stage"], ["name"])
    assert found.key == []


def test_every_object_recognises_its_own_labels() -> None:
    for name in ("customer", "contact", "product", "opportunity", "employee", "tag"):
        one = object_named(name)
        label = one.fields[one.record.facts.title].label
        for heading in (label.en, label.zh, label.en.upper(), f"{one.record.facts.label.en} {label.en}"):
            assert fields(name, f"{heading}\nsomething\n") == {heading: one.fields[one.record.facts.title].api}, name


def test_it_is_asked_over_the_api_by_whoever_may_import(world: World) -> None:
    ada, nick = world.garage.ada, world.garage.nick
    csv = "Name,Owner e-mail,Birthday of the dog\nAcme,sam@garage.test,2020\n"
    found: dict[str, Any] = ada.ask(SUGGEST, object="customer", csv=csv)["importSuggestion"]
    assert found == {
        "object": "customer",
        "key": ["name"],
        "decimal": ".",
        "unused": ["Birthday of the dog"],
        "missing": [],
        "doubts": [],
        "columns": [
            {"column": "Name", "field": "name", "by": None, "dateFormat": None, "times": None},
            {"column": "Owner e-mail", "field": "owner", "by": "email", "dateFormat": None, "times": None},
        ],
    }
    assert [e["extensions"]["code"] for e in nick.errors(SUGGEST, object="customer", csv=csv)] == ["FORBIDDEN"]
    for one, text in (("nothing", csv), ("customer", ""), ("customer", "Name\n")):
        assert [e["extensions"]["code"] for e in ada.errors(SUGGEST, object=one, csv=text)] == ["BAD_INPUT"]


def test_the_command_writes_a_mapping_that_can_be_used(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "companies.csv"
    file.write_bytes("公司名称,电话,编号,颜色\n上海一号,021,sm-1,红\n".encode("gb18030"))
    command.main(["customer", str(file)], standalone_mode=False)
    said = capsys.readouterr().out
    assert said.splitlines()[0] == "# not used: 颜色"
    text = "公司名称,电话,编号,颜色\n上海一号,021,sm-1,红\n"
    counts, issues = bring(world.garage.tenant, text, yaml.safe_load(said))
    assert (tally(counts), issues) == ({"rows": 1, "created": 1}, [])
    assert world.sql(world.garage, "SELECT name, phone FROM customer WHERE code = 'sm-1'") == [("上海一号", "021")]
    command.main(["customer", str(file), "--json"], standalone_mode=False)
    assert json.loads(capsys.readouterr().out)["mapping"] == yaml.safe_load(said)
    with pytest.raises(BadConfig):
        command.main(["nothing", str(file)], standalone_mode=False)


@needs_data
def test_the_real_files_are_recognised() -> None:
    read = {
        ("opportunity", "pipeline/sales_pipeline.csv"): {
            "opportunity_id": "code",
            "sales_agent": "owner",
            "product": "product",
            "account": "customer",
            "deal_stage": "stage",
            "engage_date": "engagedOn",
            "close_date": "closeOn",
            "close_value": "amount",
        },
        ("customer", "northwind/customers.csv"): {
            "customer_id": "code",
            "company_name": "name",
            "address": "address.street",
            "city": "address.city",
            "region": "region",
            "postal_code": "address.postalCode",
            "country": "address.country",
            "phone": "phone",
            "fax": "fax",
        },
    }
    for (one, file), expected in read.items():
        assert fields(one, (DATA / file).read_text("utf-8")) == expected
