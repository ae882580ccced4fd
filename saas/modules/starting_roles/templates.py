"""The roles that a company may start from, as data: what each is called, and what it grants."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from saas.engine.access.specials import Value
from saas.engine.access.tables import ANY, Access, Relation, RowScope
from saas.engine.actions import action_of
from saas.engine.export.permitted import EXCEL
from saas.engine.field import Label
from saas.engine.record import Record
from saas.modules.catalog.product import Product
from saas.modules.catalog.product_component import ProductComponent
from saas.modules.catalog.product_unit import ProductUnit
from saas.modules.customers.contact import Contact
from saas.modules.customers.customer import Customer
from saas.modules.masters.area import Area
from saas.modules.masters.calendar import Calendar
from saas.modules.masters.calendar_day import CalendarDay
from saas.modules.masters.dictionary import Dictionary, DictionaryEntry
from saas.modules.masters.industry import Industry
from saas.modules.masters.tag import Tag
from saas.modules.masters.trading_currency import ExchangeRate, TradingCurrency
from saas.modules.organisation.branch import Branch
from saas.modules.organisation.business_line import BusinessLine
from saas.modules.organisation.department import Department
from saas.modules.organisation.employee import Employee
from saas.modules.organisation.establishment import Establishment
from saas.modules.organisation.position import Position
from saas.modules.organisation.region import Region
from saas.modules.organisation.rights import Grants, Limit, Right
from saas.modules.sales.opportunity import (
    Opportunity,
    opportunity_advance,
    opportunity_lose,
    opportunity_win,
)

Objects = tuple[type[Record], ...]
WRITING = ("create", "update", "delete", "restore")
_SELLING = tuple(action_of(each).verb for each in (opportunity_advance, opportunity_win, opportunity_lose))
_NOT_OWNERS = tuple(each for each in Relation if each is not Relation.OWNER)

_ORGANISATION: Objects = (Department, Region, Branch, BusinessLine, Position, Employee)
_MASTERS: Objects = (
    *(TradingCurrency, ExchangeRate, Dictionary, DictionaryEntry, Calendar, CalendarDay, Tag, Industry, Area),
)
_CATALOG: Objects = (Product, ProductUnit, ProductComponent)


@dataclass(frozen=True, slots=True)
class RoleTemplate:
    """A role to start from. `key` is the code that a role made of it gets."""

    key: str
    name: Label
    description: Label
    grants: Grants
    specials: Mapping[str, Value] = field(default_factory=dict)


def _rights(scope: RowScope, objects: Iterable[type[Record]], *operations: str) -> frozenset[Right]:
    return frozenset(Right(one.__tablename__, operation, scope) for one in objects for operation in operations)


def _limits(
    one: type[Record], group: str, access: Access, relations: Iterable[Relation] = Relation
) -> frozenset[Limit]:
    return frozenset(Limit(one.__tablename__, group, relation, access) for relation in relations)


# What everybody needs to read and to fill in what they work on.
_LOOKING_UP = _rights(RowScope.ALL, (*_ORGANISATION, *_MASTERS, *_CATALOG), "read")
_NO_PERSONAL_FILES = _limits(Employee, "personnel", Access.HIDDEN, _NOT_OWNERS)
_NO_COST = _limits(Product, "cost", Access.HIDDEN)
_NO_FINANCE = _limits(Customer, "finance", Access.HIDDEN)

TEMPLATES = (
    RoleTemplate(
        "administrator",
        Label("Administrator", "管理员"),
        Label("May do everything, give out rights too.", "可做一切操作，包括授权。"),
        Grants(frozenset({Right(ANY, ANY, RowScope.ALL)})),
        {EXCEL.key: True},
    ),
    RoleTemplate(
        "sales_manager",
        Label("Sales manager", "销售经理"),
        Label(
            "Everything of customers and opportunities of their department and those below it.",
            "管理本部门及下级部门的客户和商机。",
        ),
        Grants(
            _LOOKING_UP
            | _rights(RowScope.DEPARTMENT_TREE, (Customer, Contact, Opportunity), ANY)
            | _rights(RowScope.DEPARTMENT_TREE, (Establishment,), "read"),
            _NO_PERSONAL_FILES,
        ),
        {EXCEL.key: True},
    ),
    RoleTemplate(
        "salesperson",
        Label("Salesperson", "销售员"),
        Label(
            "Their own customers, which only others may give to somebody else, and their own opportunities.",
            "管理自己的客户和商机，但不能转交客户。",
        ),
        Grants(
            _LOOKING_UP
            | _rights(RowScope.OWN, (Customer, Contact, Opportunity), "read", *WRITING)
            | _rights(RowScope.OWN, (Customer, Opportunity), "share")
            | _rights(RowScope.OWN, (Opportunity,), *_SELLING),
            _NO_PERSONAL_FILES
            | _NO_COST
            | _limits(Customer, "finance", Access.HIDDEN, _NOT_OWNERS)
            | _limits(Customer, "assignment", Access.READ),
        ),
    ),
    RoleTemplate(
        "service",
        Label("Customer service", "客服人员"),
        Label(
            "Sees every customer and looks after contacts, but sees neither finances nor opportunities.",
            "查看所有客户并维护联系人，不可见财务信息和商机。",
        ),
        Grants(
            _LOOKING_UP
            | _rights(RowScope.ALL, (Customer, Contact), "read")
            | _rights(RowScope.ALL, (Contact,), "create", "update"),
            _NO_PERSONAL_FILES | _NO_COST | _NO_FINANCE,
        ),
    ),
    RoleTemplate(
        "marketing",
        Label("Marketing", "市场人员"),
        Label(
            "Sees and exports customers and contacts, adds new ones, and sees opportunities without amounts.",
            "查看和导出客户与联系人，新增潜在客户，查看商机但不可见金额。",
        ),
        Grants(
            _LOOKING_UP
            | _rights(RowScope.ALL, (Customer, Contact), "read", "export")
            | _rights(RowScope.OWN, (Customer, Contact), "create", "update")
            | _rights(RowScope.ALL, (Opportunity,), "read"),
            _NO_PERSONAL_FILES
            | _NO_COST
            | _NO_FINANCE
            | _limits(Customer, "assignment", Access.READ)
            | _limits(Opportunity, "amount", Access.HIDDEN),
        ),
        {EXCEL.key: True},
    ),
    RoleTemplate(
        "personnel",
        Label("Personnel", "人事"),
        Label(
            "Looks after people and the organisation, but gives out no rights.",
            "维护员工和组织架构，不能授权。",
        ),
        Grants(
            _rights(RowScope.ALL, (*_ORGANISATION, Establishment), "read", "export", *WRITING)
            | _rights(RowScope.ALL, _MASTERS, "read"),
        ),
    ),
    RoleTemplate(
        "data_keeper",
        Label("Keeper of master data", "主数据管理员"),
        Label("Looks after products and what all records share.", "维护产品和公共基础数据。"),
        Grants(
            _rights(RowScope.ALL, _ORGANISATION, "read")
            | _rights(RowScope.ALL, (*_MASTERS, *_CATALOG), "read", "export", *WRITING),
            _NO_PERSONAL_FILES,
        ),
    ),
    RoleTemplate(
        "auditor",
        Label("Auditor", "审计员"),
        Label("Reads everything and changes nothing.", "查看一切，不能修改。"),
        Grants(frozenset({Right(ANY, "read", RowScope.ALL)})),
    ),
)


def template_named(key: str) -> RoleTemplate | None:
    """The template with this key."""
    return next((each for each in TEMPLATES if each.key == key), None)
