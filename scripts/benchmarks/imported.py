"""Imports customers in a process of its own and tells how fast it was and how much it grew."""

import json
import sys
import time
from pathlib import Path
from uuid import UUID

import saas.modules  # noqa: F401  # declares the objects
from saas.engine.scope import open_scope
from saas.engine.transfer.counts import Counts
from saas.engine.transfer.mapping import mapping_from
from saas.engine.transfer.report import run_report
from saas.engine.transfer.run import Upload, perform, start
from saas.tenants.directory import tenant_by_id
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


def main(tenant_id: str, path: str, what: str) -> None:
    tenant = tenant_by_id(UUID(tenant_id))
    grown_from = 0.0
    written_at = 0.0

    def note(counts: Counts) -> None:
        nonlocal grown_from, written_at
        if counts.done and not grown_from:  # what is loaded once is no part of the growth
            grown_from, written_at = rss_mb(), time.perf_counter()

    for _ in range(2 if what == "again" else 1):
        began = time.perf_counter()
        with Path(path).open("rb") as file:
            with open_scope(tenant, None, write=True) as scope:
                run_id = start(scope, Upload("customers.csv", file, MAPPING))
            perform(tenant, None, run_id, note)
        spent = time.perf_counter() - began
    with open_scope(tenant, None, write=False) as scope:
        report = run_report(scope, run_id)
    assert report is not None  # noqa: S101  # it was started above
    counts = report.counts
    done = counts.unchanged if what == "again" else counts.created
    assert done == counts.rows, report  # noqa: S101  # a bench that lies is none
    told: dict[str, float] = {"rows": counts.rows, "rows_per_s": round(counts.rows / spent)}
    told |= {"grown_mb": round(peak_mb() - grown_from, 1), "read_s": round(written_at - began, 1)}
    print(json.dumps(told))  # for its parent


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3])
