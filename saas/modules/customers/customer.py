"""A company or person that one deals with."""

from decimal import Decimal
from uuid import UUID

from sqlalchemy.orm import Mapped

from saas.engine import field
from saas.engine.field import Choices, DuplicateKind, Label, OnDelete
from saas.engine.record import Facts, Record
from saas.modules.customers.choices import (
    CATEGORY,
    CREDIT_RATING,
    IMPORTANCE,
    LEVEL,
    LIFECYCLE,
    PAYMENT_TERMS,
    SOURCE,
)
from saas.modules.masters.area import Area
from saas.modules.masters.industry import Industry
from saas.modules.masters.tag import Tag
from saas.modules.organisation.department import Department
from saas.modules.organisation.employee import Employee
from saas.modules.organisation.region import Region


class CustomerKind(Choices):
    COMPANY = "company", "Company", "企业"
    PERSON = "person", "Person", "个人"
    AUTHORITY = "authority", "Authority", "政府机关"
    ASSOCIATION = "association", "Association", "社会团体"


class Customer(Record):
    """A company or person that one deals with, in one or several roles: customer, partner, supplier, competitor."""

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

    name: Mapped[str] = field.text("Name", "名称", required=True, duplicate=DuplicateKind.NAME)
    full_name: Mapped[str | None] = field.text("Full name", "全称", search=True, duplicate=DuplicateKind.NAME)
    code: Mapped[str | None] = field.text("Code", "编码", unique=True, search=True)
    kind: Mapped[CustomerKind] = field.choice("Kind", "类别", CustomerKind, default=CustomerKind.COMPANY)
    is_potential: Mapped[bool] = field.boolean("Potential customer", "潜在客户", default=True)
    is_customer: Mapped[bool] = field.boolean("Customer", "客户", description="It has bought something.")
    is_partner: Mapped[bool] = field.boolean("Partner", "合作伙伴")
    is_agent: Mapped[bool] = field.boolean("Agent", "代理商")
    is_supplier: Mapped[bool] = field.boolean("Supplier", "供应商")
    is_competitor: Mapped[bool] = field.boolean("Competitor", "竞争对手")
    is_channel: Mapped[bool] = field.boolean("Channel member", "渠道成员")
    category: Mapped[str | None] = field.dictionary("Category", "分类", CATEGORY)
    importance: Mapped[str | None] = field.dictionary("Importance", "重要程度", IMPORTANCE)
    level: Mapped[str | None] = field.dictionary("Level", "级别", LEVEL)
    lifecycle: Mapped[str | None] = field.dictionary("Stage of life", "生命周期", LIFECYCLE)
    source: Mapped[str | None] = field.dictionary("Source", "来源", SOURCE)
    referrer_id: Mapped[UUID | None] = field.ref(
        None, "Referred by", "介绍人", on_delete=OnDelete.CLEAR, reverse="referrals"
    )
    industry_id: Mapped[UUID | None] = field.ref(Industry, "Industry", "行业")
    area_id: Mapped[UUID | None] = field.ref(Area, "Area", "地区")
    parent_id: Mapped[UUID | None] = field.ref(
        None, "Parent company", "上级公司", on_delete=OnDelete.CLEAR, reverse="subsidiaries"
    )
    phone: Mapped[str | None] = field.phone(
        "Phone", "电话", search=True, group="contact", mask="phone", personal=True, duplicate=DuplicateKind.PHONE
    )
    mobile: Mapped[str | None] = field.phone(
        "Mobile", "手机", search=True, group="contact", mask="phone", personal=True, duplicate=DuplicateKind.PHONE
    )
    fax: Mapped[str | None] = field.phone("Fax", "传真", group="contact", mask="phone", personal=True)
    email: Mapped[str | None] = field.email(
        "E-mail",
        "邮箱",
        search=True,
        group="contact",
        mask="email",
        personal=True,
        duplicate=DuplicateKind.MAIL_DOMAIN,
    )
    website: Mapped[str | None] = field.text("Website", "网址", search=True)
    address = field.address("Address", "地址", search=True, group="contact", masked=True, personal=True)
    language: Mapped[str | None] = field.text("Language", "语言", description="In which one talks to it.")
    founded_year: Mapped[int | None] = field.integer("Founded in", "成立年份")
    employee_count: Mapped[int | None] = field.integer("Number of employees", "员工人数")
    legal_person: Mapped[str | None] = field.text("Legal representative", "法定代表人", personal=True)
    tax_no: Mapped[str | None] = field.text("Tax number", "税号", group="finance", duplicate=DuplicateKind.TAX_NUMBER)
    registered_capital: Mapped[Decimal | None] = field.money("Registered capital", "注册资本", group="finance")
    annual_revenue: Mapped[Decimal | None] = field.money("Annual revenue", "年营业额", group="finance")
    bank: Mapped[str | None] = field.text("Bank", "开户银行", group="finance")
    bank_account: Mapped[str | None] = field.text("Bank account", "银行账号", group="finance", personal=True)
    credit_rating: Mapped[str | None] = field.dictionary("Credit rating", "信用等级", CREDIT_RATING, group="finance")
    credit_limit: Mapped[Decimal | None] = field.money("Credit limit", "信用额度", group="finance")
    payment_terms: Mapped[str | None] = field.dictionary("Payment terms", "付款条件", PAYMENT_TERMS, group="finance")
    notes: Mapped[str | None] = field.long_text("Notes", "备注")
    tags = field.refs(Tag, "Tags", "标签")
    owner_id: Mapped[UUID | None] = field.ref(Employee, "Owner", "负责人", group="assignment")
    department_id: Mapped[UUID | None] = field.ref(Department, "Department", "部门", group="assignment")
    region_id: Mapped[UUID | None] = field.ref(Region, "Region", "区域", group="assignment")
