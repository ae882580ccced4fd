"""A company or person that one deals with."""

from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from sqlalchemy.orm import Mapped

from saas.engine import field
from saas.engine.field import DictionaryFacts, Entry, Label, OnDelete
from saas.engine.record import Facts, Record
from saas.modules.organisation.department import Department
from saas.modules.organisation.employee import Employee
from saas.modules.organisation.region import Region

SOURCE = DictionaryFacts(
    "customer_source",
    Label("Customer source", "客户来源"),
    entries=(
        Entry("web", Label("Web", "网站")),
        Entry("phone", Label("Phone", "电话")),
        Entry("referral", Label("Referral", "转介绍")),
        Entry("fair", Label("Trade fair", "展会")),
        Entry("advertisement", Label("Advertisement", "广告")),
        Entry("other", Label("Other", "其他")),
    ),
)
PAYMENT_TERMS = DictionaryFacts(
    "payment_terms",
    Label("Payment terms", "付款条件"),
    entries=(
        Entry("prepaid", Label("In advance", "预付")),
        Entry("on_delivery", Label("On delivery", "货到付款")),
        Entry("net_30", Label("30 days", "30天")),
        Entry("net_60", Label("60 days", "60天")),
    ),
)


class CustomerKind(StrEnum):
    POTENTIAL = "potential"
    CUSTOMER = "customer"
    PARTNER = "partner"
    SUPPLIER = "supplier"


class Customer(Record):
    """A company or person that one deals with: existing or potential customer, partner, supplier."""

    __tablename__ = "customer"
    facts = Facts(
        code=0x010,
        label=Label("Customer", "客户"),
        plural=Label("Customers", "客户"),
        title="name",
        order=("name",),
        owner="owner_id",
        department="department_id",
        region="region_id",
        keys=("code", "name"),
        number="code",
        number_pattern="C-{seq:06}",
    )

    name: Mapped[str] = field.text("Name", "名称", required=True)
    code: Mapped[str | None] = field.text("Code", "编码", unique=True, search=True)
    kind: Mapped[CustomerKind] = field.choice("Kind", "类别", CustomerKind, default=CustomerKind.POTENTIAL)
    source: Mapped[str | None] = field.dictionary("Source", "来源", SOURCE)
    industry: Mapped[str | None] = field.text("Industry", "行业")
    parent_id: Mapped[UUID | None] = field.ref(
        None, "Parent company", "上级公司", on_delete=OnDelete.CLEAR, reverse="subsidiaries"
    )
    phone: Mapped[str | None] = field.phone("Phone", "电话", search=True, group="contact", mask="phone")
    fax: Mapped[str | None] = field.phone("Fax", "传真", group="contact", mask="phone")
    email: Mapped[str | None] = field.email("E-mail", "邮箱", search=True, group="contact", mask="email")
    website: Mapped[str | None] = field.text("Website", "网址", search=True)
    address: Mapped[str | None] = field.text("Address", "地址", group="contact")
    city: Mapped[str | None] = field.text("City", "城市")
    province: Mapped[str | None] = field.text("Province", "省/州")
    postcode: Mapped[str | None] = field.text("Postcode", "邮编", group="contact")
    country: Mapped[str | None] = field.text("Country", "国家")
    founded_year: Mapped[int | None] = field.integer("Founded in", "成立年份")
    employee_count: Mapped[int | None] = field.integer("Number of employees", "员工人数")
    annual_revenue: Mapped[Decimal | None] = field.money("Annual revenue", "年营业额", group="finance")
    credit_limit: Mapped[Decimal | None] = field.money("Credit limit", "信用额度", group="finance")
    payment_terms: Mapped[str | None] = field.dictionary("Payment terms", "付款条件", PAYMENT_TERMS, group="finance")
    notes: Mapped[str | None] = field.long_text("Notes", "备注")
    owner_id: Mapped[UUID | None] = field.ref(Employee, "Owner", "负责人")
    department_id: Mapped[UUID | None] = field.ref(Department, "Department", "部门")
    region_id: Mapped[UUID | None] = field.ref(Region, "Region", "区域")
