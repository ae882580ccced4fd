"""Loads the two real companies of the demo: each file through the same import that a customer's files go through."""

import csv
import io
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import saas.modules
from saas.cli.mapping_file import mapping_file
from saas.engine.record import Facts
from saas.engine.registry import object_named
from saas.engine.scope import open_scope
from saas.engine.transfer.counts import Counts
from saas.engine.transfer.decode import decode
from saas.engine.transfer.mapping import Mapping
from saas.engine.transfer.report import RunReport, run_report
from saas.engine.transfer.run import Upload, perform, start
from saas.kit.errors import NotFound
from saas.tenants.tenant import Tenant

MODULES = saas.modules  # declares the objects
Tell = Callable[[str], None]
_HERE = Path(__file__).parent
PIPELINE = (
    ("pipeline_departments", "sales_teams.csv"),
    ("pipeline_managers", "sales_teams.csv"),
    ("pipeline_agents", "sales_teams.csv"),
    ("pipeline_products", "products.csv"),
    ("pipeline_industries", "accounts.csv"),
    ("pipeline_areas", "accounts.csv"),
    ("pipeline_accounts", "accounts.csv"),
)
NORTHWIND = (
    ("northwind_employees", "employees.csv"),
    ("northwind_areas", "customers.csv"),
    ("northwind_customers", "customers.csv"),
    ("northwind_contacts", "customers.csv"),
    ("northwind_products", "products.csv"),
)


def has_data(data_root: Path) -> bool:
    """Whether both companies' files are there."""
    return (data_root / "pipeline").is_dir() and (data_root / "northwind").is_dir()


def mapping_named(name: str) -> Mapping:
    """One of the mappings of this folder: `pipeline_accounts`."""
    return mapping_file(_HERE / f"{name}.yaml")


def import_pipeline(
    tenant: Tenant, data_root: Path, limit: int | None = None, progress: Tell | None = None
) -> dict[str, RunReport]:
    """The sales pipeline, with at most `limit` opportunities; a report for each mapping."""
    folder = data_root / "pipeline"
    reports = {name: _load(tenant, name, file, _text(folder / file), progress) for name, file in PIPELINE}
    pipeline = _text(folder / "sales_pipeline.csv")
    owners = _owners(pipeline, _text(folder / "sales_teams.csv"))
    reports["pipeline_owners"] = _load(tenant, "pipeline_owners", "owners.csv", owners, progress)
    some = pipeline if limit is None else "".join(pipeline.splitlines(keepends=True)[: limit + 1])
    name = "pipeline_opportunities"
    reports[name] = _load(tenant, name, "sales_pipeline.csv", some, progress)
    return reports


def import_northwind(tenant: Tenant, data_root: Path, progress: Tell | None = None) -> dict[str, RunReport]:
    """The trading company; a report for each mapping."""
    folder = data_root / "northwind"
    return {name: _load(tenant, name, file, _text(folder / file), progress) for name, file in NORTHWIND}


def _text(path: Path) -> str:
    return decode(path.read_bytes())


def _load(tenant: Tenant, name: str, file_name: str, text: str, progress: Tell | None) -> RunReport:
    with open_scope(tenant, None, write=True) as scope:
        run_id = start(scope, Upload(file_name, text, mapping_named(name)))
    perform(tenant, None, run_id)
    with open_scope(tenant, None, write=False) as scope:
        report = run_report(scope, run_id)
    if report is None:
        raise NotFound(f"The import {run_id} is gone.")
    if progress is not None:
        counts = report.counts
        progress(f"{tenant.slug}: {_told(object_named(report.object).record.facts, counts)}")
    return report


def _told(facts: Facts, counts: Counts) -> str:
    """What a file has brought, in words: `7 new products`, `no new customers, 85 refused`."""
    label = facts.label if counts.created == 1 else facts.plural
    refused = f", {counts.refused:,} refused" if counts.refused else ""
    number = f"{counts.created:,}" if counts.created else "no"
    return f"{number} new {label.en.lower()}{refused}"


def _owners(pipeline: str, teams: str) -> str:
    """A file with one row for each account: the agent who has most of its opportunities, and the agent's office."""
    office = {row["sales_agent"]: row["regional_office"] for row in csv.DictReader(io.StringIO(teams))}
    held: dict[str, Counter[str]] = {}
    for row in csv.DictReader(io.StringIO(pipeline)):
        if row["account"]:
            held.setdefault(row["account"], Counter())[row["sales_agent"]] += 1
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["account", "sales_agent", "regional_office"])
    for account, agents in sorted(held.items()):
        agent = min(agents, key=lambda name: (-agents[name], name))
        writer.writerow([account, agent, office[agent]])
    return out.getvalue()
