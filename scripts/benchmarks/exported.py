"""Exports customers in a process of its own and tells how fast it was and how much it grew."""

import json
import sys
import time
from pathlib import Path
from uuid import UUID

import saas.modules  # noqa: F401  # declares the objects
from saas.engine.export.ongoing import Ongoing
from saas.engine.export.wish import ExportFormat, Wish
from saas.engine.registry import object_named
from saas.engine.scope import open_scope
from saas.tenants.directory import tenant_by_id

FIELDS = (
    *("name", "code", "kind", "phone", "email", "isPartner", "foundedYear", "annualRevenue"),
    *("owner", "industry", "createdAt", "address"),
)


def main(tenant_id: str, form: str) -> None:
    tenant = tenant_by_id(UUID(tenant_id))
    wish = Wish(fields=FIELDS, format=ExportFormat(form))
    with open_scope(tenant, None, write=False) as scope:
        began = time.perf_counter()
        export = Ongoing(scope, object_named("customer"), wish)
        export.write_for(0)
        before = rss_mb()  # what is loaded once is no part of the growth
        while not export.write_for(60):
            continue
        spent = time.perf_counter() - began
        told: dict[str, float] = {"rows": export.rows, "rows_per_s": round(export.rows / spent)}
        told |= {"grown_mb": round(peak_mb() - before, 1), "mb": round(export.sink.size / 1e6, 1)}
        export.close()
    print(json.dumps(told))  # for its parent


def rss_mb() -> float:
    """What this process has in memory."""
    return _kept("VmRSS")


def peak_mb() -> float:
    """The most that it had."""
    return _kept("VmHWM")


def _kept(name: str) -> float:
    (line,) = (each for each in Path("/proc/self/status").read_text().splitlines() if each.startswith(name))
    return int(line.split()[1]) / 1024


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
