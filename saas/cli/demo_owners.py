"""Who looks after the customers of Northwind: whoever has taken most of their orders."""

import csv
from collections import Counter
from collections.abc import Collection, Mapping
from decimal import Decimal
from pathlib import Path
from uuid import UUID

from saas.cli.by_key import ids_by
from saas.engine.registry import object_named
from saas.engine.scope import Scope, Via, open_scope
from saas.engine.write.load import Target
from saas.engine.write.update import update
from saas.kit.errors import Conflict
from saas.modules.organisation.employee import Employee
from saas.tenants.tenant import Tenant

# The file knows the country of an employee, not the department.
OFFICES = {"USA": "sales-us", "UK": "sales-uk"}
CREDIT_AN_ORDER = 1000


def give_customers_owners(tenant: Tenant, data_root: Path, placed: Collection[str]) -> None:
    """Give employees (but those `placed`) their office, customers an owner, a department and a credit limit."""
    folder = data_root / "northwind"
    office = {row["employee_id"]: OFFICES[row["country"]] for row in _rows(folder / "employees.csv")}
    taken: dict[str, Counter[str]] = {}
    for row in _rows(folder / "orders.csv"):
        taken.setdefault(row["customer_id"], Counter())[row["employee_id"]] += 1
    with open_scope(tenant, None, write=True, via=Via("saas demo")) as scope:
        offices = ids_by(scope, "department", "code", OFFICES.values())
        people = ids_by(scope, "employee", "code", office)
        customers = ids_by(scope, "customer", "code", taken)
        homeless = {people[code]: {"department_id": offices[office[code]]} for code in office if code not in placed}
        _update(scope, "employee", homeless)
        _update(scope, "customer", {customers[code]: _looked_after(scope, people, by) for code, by in taken.items()})


def _looked_after(scope: Scope, people: Mapping[str, UUID], by: Counter[str]) -> dict[str, object]:
    owner = scope.session.get_one(Employee, people[min(by, key=lambda code: (-by[code], code))])
    limit = Decimal(CREDIT_AN_ORDER * by.total())
    return {"owner_id": owner.id, "department_id": owner.department_id, "credit_limit": limit}


def _update(scope: Scope, name: str, values: Mapping[UUID, Mapping[str, object]]) -> None:
    outcomes = update(scope, object_named(name), [(Target(id_), each) for id_, each in values.items()])
    problems = [problem.message for outcome in outcomes for problem in outcome.problems]
    if problems:
        raise Conflict(f"The demo's {name}s cannot be written: {problems[0]}")


def _rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as opened:
        return list(csv.DictReader(opened))
