"""What must hold of the data holds in companies that have lived for a year, and every object has its share of it."""

import saas.engine.holds
from saas.engine.invariant_check import Result, checked
from saas.engine.invariants import invariants
from saas.engine.registry import objects
from tests.lively import Lively

DECLARED = saas.engine.holds


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
