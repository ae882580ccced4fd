"""Importing in a test: a text, a mapping, and what became of it."""

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from saas.engine.scope import open_scope
from saas.engine.transfer.counts import Counts
from saas.engine.transfer.entry import Sheet, sheet_of
from saas.engine.transfer.mapping import mapping_from
from saas.engine.transfer.report import LineIssue, RunReport, run_issues, run_report
from saas.engine.transfer.run import Upload, opened_text, perform, start
from saas.engine.transfer.source import Manner
from saas.tenants.tenant import Tenant
from tests.world import Person

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="the real data sets are not there (../shared/data)")


def sheet(text: str, manner: Manner | None = None) -> Sheet:
    """All that is in a text."""
    return sheet_of(opened_text(text, manner or Manner()))


def _id(by: Person | None) -> UUID | None:
    """Nobody is the tenant's own system identity."""
    return None if by is None else by.id


def begin(tenant: Tenant, text: str, mapping: dict[str, Any], by: Person | None = None, dry_run: bool = False) -> UUID:
    """The id of an import that was only noted down."""
    with open_scope(tenant, _id(by), write=True) as scope:
        return start(scope, Upload("file.csv", text, mapping_from(mapping), dry_run))


def told(tenant: Tenant, run_id: UUID, by: Person | None = None) -> tuple[RunReport, list[LineIssue]]:
    """How an import stands, and its issues."""
    with open_scope(tenant, _id(by), write=False) as scope:
        report = run_report(scope, run_id)
        assert report is not None
        return report, run_issues(scope, run_id)


def bring(
    tenant: Tenant, text: str, mapping: dict[str, Any], by: Person | None = None, dry_run: bool = False
) -> tuple[Counts, list[LineIssue]]:
    """Import the text to its end."""
    run_id = begin(tenant, text, mapping, by, dry_run)
    perform(tenant, _id(by), run_id)
    report, issues = told(tenant, run_id, by)
    assert report.state == "done", report.reason
    return report.counts, issues


def tally(counts: Counts) -> dict[str, int]:
    """The counts that are not zero."""
    names = ("rows", "created", "updated", "unchanged", "refused", "warnings")
    return {name: getattr(counts, name) for name in names if getattr(counts, name)}


def sentences(issues: list[LineIssue]) -> list[str]:
    """Issues as a person reads them."""
    return [f"{issue.line} {issue.severity} {issue.code} {issue.message}" for issue in issues]
