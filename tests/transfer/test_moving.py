"""A company moves: what is exported, in any form and language, goes into an empty one by the mappings suggested for it,
and is told there as here."""

import io
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from saas.engine.access.tables import ANY, RowScope, special_grant
from saas.engine.export.permitted import EXCEL
from saas.engine.registry import object_named
from saas.engine.scope import open_scope
from saas.engine.transfer.entry import sheet_of
from saas.engine.transfer.mapping import mapping_from
from saas.engine.transfer.report import run_issues, run_report
from saas.engine.transfer.run import Upload, perform, start
from saas.engine.transfer.source import Manner, content_of
from saas.engine.transfer.suggest import suggest
from saas.engine.write.create import create
from saas.modules import plant_all
from saas.modules.organisation.employee import Employee
from saas.modules.organisation.rights import Grants, Right, employee_assign_roles, role_grant
from saas.modules.organisation.role import Role
from saas.tenants.provision import create_tenant
from saas.tenants.sign_in import issue_token, let_in
from saas.tenants.tenant import Tenant
from tests.databases import Cluster
from tests.export.place import exported, typed
from tests.tenants.place import settled_on
from tests.world import Person

# In the order in which they refer to each other; the key where an object has none that it always has.
OBJECTS: dict[str, list[str]] = {
    **{name: ["code"] for name in ("department", "region", "industry", "area")},
    "tag": ["name"],
    **{name: ["code"] for name in ("employee", "product", "customer", "contact", "opportunity")},
}
EMAIL = "mover@moving.test"
FORMS = ("format: CSV", "format: CSV, language: ZH", "format: XLSX, codes: true", "format: JSON_LINES")


LINE = {"product_id": "@P1", "quantity": Decimal("2.5"), "unit_price": Decimal("10.123456"), "discount": Decimal(5)}
PARTNER = {
    "code": "C2",
    "name": "东方食品有限公司",
    "full_name": "'-quoted",
    "parent_id": "@C1",
    "owner_id": "@E2",
    "department_id": "@D2",
    "region_id": "@R1",
    "industry_id": "@I2",
    "area_id": "@A1",
    "tags": ["@hot", "@冷"],
    "is_partner": True,
    "phone": "+86 21 5555 0001",
    "annual_revenue": Decimal("1234567.89"),
    "annual_revenue_currency": "USD",
    "founded_year": 1998,
    "source": "fair",
    "address_country": "CN",
    "address_city": "上海",
    "address_postal_code": "020000",
    "address_street": "1 Nanjing Rd; Block 2",
}
DEAL = {
    "code": "O1",
    "name": "Deal",
    "customer_id": "@C2",
    "owner_id": "@E2",
    "engaged_on": date(2026, 2, 28),
    "lines": [LINE, {"product_id": "@P2", "quantity": Decimal(1), "description": "Spare; 备件"}],
}
# A bit of everything, and what is hard on its way: trees, twins by name, signs of formulas, lines. `@C1` is what has
# that code.
HERE: tuple[tuple[str, list[dict[str, Any]]], ...] = (
    ("department", [{"code": "D1", "name": "Head 总部"}, {"code": "D2", "name": "Sales", "parent_id": "@D1"}]),
    ("region", [{"code": "R1", "name": "North"}]),
    ("industry", [{"code": "I1", "name": "Metal"}, {"code": "I2", "name": "Steel", "parent_id": "@I1"}]),
    ("area", [{"code": "A1", "name": "Europe"}]),
    ("tag", [{"name": "hot"}, {"name": "冷"}]),
    ("employee", [{"code": "E1", "name": "Weber", "department_id": "@D2", "email": "w@moving.test"}]),
    ("employee", [{"code": "E2", "name": "Weber", "department_id": "@D2", "superior_id": "@E1"}]),
    ("product", [{"code": "P1", "name": "Pump", "list_price": Decimal("12.345678"), "unit": "piece"}]),
    ("product", [{"code": "P2", "name": "阀门", "list_price": None, "is_discontinued": True}]),
    ("customer", [{"code": "C1", "name": "=Formula & Söhne", "owner_id": "@E1", "notes": "one\ntwo"}, PARTNER]),
    ("contact", [{"code": "K1", "name": "王芳", "customer_id": "@C2", "is_primary": True}]),
    ("contact", [{"code": "K2", "name": "Ann, Lee", "customer_id": "@C2", "superior_id": "@K1"}]),
    ("opportunity", [DEAL, {"code": "O2", "name": "Without lines", "customer_id": "@C1", "amount": Decimal(5)}]),
)


def company(slug: str) -> Person:
    """The only person of a new company, who may do anything."""
    tenant = create_tenant(slug, slug, seed=plant_all, base_currency="USD", time_zone="Asia/Shanghai", language="en")
    with open_scope(tenant, None, write=True) as scope:
        (role,) = create(scope, object_named("role"), [{"name": "Mover"}])
        (one,) = create(scope, object_named("employee"), [{"name": "Mover", "email": EMAIL, "code": "MV"}])
        assert isinstance(role.record, Role)
        assert isinstance(one.record, Employee)
        role_grant(scope, role.record, Grants(frozenset({Right(ANY, ANY, RowScope.ALL)})))
        permitted = {"holder_id": role.record.id, "key": EXCEL.key, "value": True}
        scope.session.execute(sa.insert(special_grant).values(permitted))
        employee_assign_roles(scope, one.record, {role.record.id: None})
        id_ = one.record.id
    let_in(tenant, id_, EMAIL, None, "Mover")
    return Person("mover", id_, EMAIL, tenant, issue_token(tenant, id_, 1).token)


def filled(tenant: Tenant) -> None:
    """Make what stands in `HERE`."""
    made: dict[str, UUID] = {}

    def meant(value: Any) -> Any:
        if isinstance(value, list):
            return [meant(each) for each in value]
        if isinstance(value, dict):
            return {name: meant(each) for name, each in value.items()}
        return made[value[1:]] if isinstance(value, str) and value.startswith("@") else value

    with open_scope(tenant, None, write=True) as scope:
        for name, rows in HERE:
            for row in rows:
                (outcome,) = create(scope, object_named(name), [meant(row)])
                assert outcome.id, outcome.problems
                made[row.get("code", row["name"])] = outcome.id


@pytest.fixture(scope="module")
def leaving(cluster: Cluster) -> Iterator[Person]:
    with settled_on(cluster, "moving"):
        person = company("leaving")
        filled(person.tenant)
        yield person


@pytest.mark.parametrize("number", range(len(FORMS)), ids=["csv", "chinese", "xlsx", "json-lines"])
def test_what_is_told_there_is_what_was_told_here(leaving: Person, number: int) -> None:
    arriving = company(f"arriving-{number}")
    for name, key in OBJECTS.items():
        content = exported(leaving, ", ".join([FORMS[number], _lines(name)]), name).content
        _bring(arriving, content, _suggested(name, content) | {"key": key})
        if name == "opportunity" and FORMS[number].startswith("format: XLSX"):
            _bring(arriving, content, _of_lines(content))
    for name in OBJECTS:
        assert _told(arriving, name) == _told(leaving, name)


def _lines(name: str) -> str:
    return "lines: true" if name == "opportunity" else "trash: EXCLUDE"


def _suggested(name: str, content: bytes) -> dict[str, Any]:
    one = object_named(name)
    return suggest(one, sheet_of(content_of(io.BytesIO(content), Manner(lines="lines")))).as_mapping()


def _of_lines(content: bytes) -> dict[str, Any]:
    """The mapping for the second sheet of a workbook, of which each row says whose line it is."""
    (one, name) = (object_named("opportunity").lines, "Opportunity lines")
    assert one is not None
    columns = suggest(one, sheet_of(content_of(io.BytesIO(content), Manner(sheet=name)))).as_mapping()["columns"]
    head = {"name": "Opportunity Name"}
    return {"object": "opportunity", "key": ["name"], "columns": head, "lines": {"columns": columns}, "sheet": name}


def _bring(person: Person, content: bytes, mapping: dict[str, Any]) -> None:
    """Import the file; every row is written."""
    with open_scope(person.tenant, person.id, write=True) as scope:
        run_id = start(scope, Upload("moved.dat", io.BytesIO(content), mapping_from(mapping)))
    perform(person.tenant, person.id, run_id)
    with open_scope(person.tenant, person.id, write=False) as scope:
        report = run_report(scope, run_id)
        assert report is not None
        assert (report.state, report.counts.refused) == ("done", 0), (mapping, report, run_issues(scope, run_id))


def _told(person: Person, name: str) -> list[Any]:
    """All records as the API tells them, without ids and what is given by the system, in the order of their codes."""
    records = typed(person, _lines(name), name)
    assert records
    return sorted(map(_bare, records), key=lambda record: (str(record.get("code")), str(record.get("name"))))


def _bare(value: Any) -> Any:
    if isinstance(value, list):
        return [_bare(each) for each in value]
    if isinstance(value, dict):
        system = ("id", "createdAt", "updatedAt", "version", "opportunity")
        return {name: _bare(each) for name, each in value.items() if name not in system}
    return value
