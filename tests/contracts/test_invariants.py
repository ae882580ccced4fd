"""What must hold of the data holds in companies that have lived for a year, and every object has its share of it."""

import re
from pathlib import Path

import saas.engine.holds
from saas.engine.invariant_check import Result, checked
from saas.engine.invariants import invariants
from saas.engine.registry import objects
from tests.lively import Lively

DECLARED = saas.engine.holds
ROW = re.compile(r"^\| `([\w.…]+)` \| (.+?) \| (.+?) \|$", re.M)


def test_companies_that_only_live_break_nothing(lively: Lively) -> None:
    for company in (lively.halden, lively.yunfan):
        found = [each for each in checked(company.tenant, {}) if isinstance(each, Result)]
        assert [each.name for each in found] == [each.name for each in invariants()]
        assert [each for each in found if each.count or each.note] == []


def test_of_every_object_texts_and_versions_are_watched() -> None:
    names = {each.name for each in invariants()}
    for one in objects():
        assert f"{one.name}.audit_tells_each_version" in names
        assert (f"{one.name}.texts_match" in names) == bool(one.record.texts)


def test_the_operators_guide_lists_them_with_what_they_say() -> None:
    guide = (Path(__file__).parents[2] / "docs" / "operators.md").read_text("utf-8")
    told = {(name.rpartition(".")[2], says, remedy) for name, says, remedy in ROW.findall(guide)}
    for each in invariants():
        remedy = each.remedy.replace("{tenant}", "acme")
        kind = each.name.rpartition(".")[2]
        assert {(kind, each.says, remedy), (kind, each.says, f"`{remedy}`")} & told, each.name
