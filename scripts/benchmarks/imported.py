"""Imports customers in a process of its own and tells how fast it was and how much it grew."""

import json
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import saas.modules  # noqa: F401  # declares the objects
from saas.engine.scope import open_scope
from saas.engine.transfer.counts import Counts
from saas.engine.transfer.mapping import mapping_from
from saas.engine.transfer.report import run_report
from saas.engine.transfer.run import Upload, perform, start
from saas.kit.collector import spare_collector
from saas.tenants.directory import tenant_by_id
from saas.tenants.tenant import Tenant
from scripts.benchmarks.exported import peak_mb, rss_mb

MAPPING = mapping_from(
    {
        "object": "customer",
        "key": ["code"],
        "columns": {
            **{name: name for name in ("code", "name", "kind", "phone", "email", "industry", "notes")},
            "foundedYear": "founded",
            "annualRevenue": "revenue",
            "owner": {"column": "owner", "reference": {"by": "code"}},
            "address.city": "city",
            "address.country": "country",
        },
    }
)


@dataclass
class _First:
    """How it was when the first rows were written: what is loaded once is no part of the growth."""

    at: float = 0.0
    mb: float = 0.0

    def note(self, counts: Counts) -> None:
        if counts.done and not self.mb:
            self.at, self.mb = time.perf_counter(), rss_mb()


def _imported(tenant: Tenant, path: Path) -> tuple[UUID, _First, float, float]:
    """The import, its first rows, when it began and how long it took."""
    first, began = _First(), time.perf_counter()
    with path.open("rb") as file:
        with open_scope(tenant, None, write=True) as scope:
            run_id = start(scope, Upload("customers.csv", file, MAPPING))
        perform(tenant, None, run_id, first.note)
    return run_id, first, began, time.perf_counter() - began


def main(tenant_id: str, path: str, what: str) -> None:
    tenant = tenant_by_id(UUID(tenant_id))
    spare_collector()  # as the command does
    file = Path(path)
    if what == "again":
        _imported(tenant, file)
    run_id, first, began, spent = _imported(tenant, file)
    with open_scope(tenant, None, write=False) as scope:
        report = run_report(scope, run_id)
    assert report is not None  # noqa: S101  # it was started above
    counts = report.counts
    done = counts.unchanged if what == "again" else counts.created
    assert done == counts.rows, report  # noqa: S101  # a bench that lies is none
    told: dict[str, float] = {"rows": counts.rows, "rows_per_s": round(counts.rows / spent)}
    told |= {"grown_mb": round(peak_mb() - first.mb, 1), "read_s": round(first.at - began, 1)}
    print(json.dumps(told))  # for its parent


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3])
