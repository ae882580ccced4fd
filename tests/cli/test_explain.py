"""`saas explain`: an object as it is declared, for people and for programs."""

import json

import pytest

from saas.cli.main import run
from saas.cli.output import columns
from saas.engine.registry import objects


def explain(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert run(["explain", *arguments]) == 0
    return capsys.readouterr().out


def test_without_an_object_all_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    lines = explain(capsys).splitlines()
    assert lines[0].split() == ["OBJECT", "WHAT"]
    assert [line.split()[0] for line in lines[1:]] == [one.name for one in objects()]


def test_an_opportunity_is_told_whole(capsys: pytest.CaptureFixture[str]) -> None:
    text = explain(capsys, "opportunity")
    assert text.startswith("Opportunity / 商机 (opportunity, code 0x030, saas/modules/sales/opportunity.py)\n")
    for line in (
        "owner: owner_id",
        "by name, in the order of created_at descending",
        "opportunity.read",
        "opportunity_closes_after_it_starts: The closing date is not before the first engagement."
        " (saas/modules/sales/opportunity.py)",
        "stage: PROSPECTING (Prospecting / 初步接触), ENGAGING (Engaging / 跟进中), "
        "WON (Won / 已赢单), LOST (Lost / 已丢单)",
        "opportunityCreate",
        "opportunityChanged",
    ):
        assert f"\n  {line}\n" in text


def test_who_reacts_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    told = json.loads(explain(capsys, "employee", "--json"))
    (reaction,) = told["events"]["employee.updated"]
    assert (reaction["name"], reaction["where"]) == (
        "principals_follow",
        "saas/modules/organisation/structure.py",
    )
    (kind,) = [field for field in json.loads(explain(capsys, "product", "--json"))["fields"] if field["name"] == "kind"]
    assert kind["choices"][1] == {"name": "SERVICE", "label": "Service", "label_zh": "服务"}
    assert "customer.owner (restrict)" in told["referred_to_by"]
    (name,) = [field for field in told["fields"] if field["name"] == "name"]
    assert (name["label"], name["label_zh"], name["kind"], name["facts"]) == (
        "Name",
        "姓名",
        "text",
        ["required", "ordered as the name of a person", "searched", "personal"],
    )


def test_an_unknown_object_is_exit_2_with_those_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", "shoe"]) == 2
    assert capsys.readouterr().err.startswith("saas: There is no object 'shoe'. Objects are: department, ")


def test_chinese_takes_two_columns() -> None:
    rows = [{"label": "姓名", "x": "1"}, {"label": "Name", "x": "2"}]
    assert columns(rows) == "LABEL  X\n姓名   1\nName   2"


def test_every_event_is_told_with_who_reacts(capsys: pytest.CaptureFixture[str]) -> None:
    lines = explain(capsys, "--events").splitlines()
    place = lines.index("employee.deleted: Employee")
    assert lines[place + 2] == (
        "  now, sign_in_follows: Who is deleted gets no further at once; their memberships end as soon as the directory"
        " answers. (saas/modules/identity/leaving.py)"
    )
    told = {each["name"]: each for each in json.loads(explain(capsys, "--events", "--json"))}
    assert told["opportunity.won"]["facts"] == []
    assert told["opportunity.won"]["reactions"] == []


def test_what_is_told_of_every_object_with_owners_stands_with_it(capsys: pytest.CaptureFixture[str]) -> None:
    (reaction,) = json.loads(explain(capsys, "customer", "--json"))["events"]["record.owner_changed"]
    assert (reaction["name"], reaction["when"]) == ("owner_is_told", "now")
    assert "record.owner_changed" not in json.loads(explain(capsys, "contact", "--json"))["events"]
