"""A person at a customer."""

from datetime import date
from uuid import UUID

from sqlalchemy.orm import Mapped

from saas.engine import field
from saas.engine.field import DuplicateKind, Label, Naming, OnDelete
from saas.engine.record import Facts, Record
from saas.modules.customers.choices import INFLUENCE
from saas.modules.customers.customer import Customer
from saas.modules.masters.tag import Tag


class Contact(Record):
    """A person at a customer. Whoever may see the customer may see its contacts."""

    __tablename__ = "contact"
    facts = Facts(
        code=0x011,
        label=Label("Contact", "联系人"),
        plural=Label("Contacts", "联系人"),
        title="name",
        order=("name",),
        inherits="customer_id",
        keys=("code", "name"),
        number="code",
        number_pattern="CT-{seq:06}",
    )

    name: Mapped[str] = field.text("Name", "姓名", required=True, naming=Naming.PERSON, personal=True)
    code: Mapped[str | None] = field.text("Code", "编码", unique=True, search=True)
    customer_id: Mapped[UUID] = field.ref(Customer, "Customer", "客户", required=True, on_delete=OnDelete.CASCADE)
    department: Mapped[str | None] = field.text("Department", "部门")
    job_title: Mapped[str | None] = field.text("Job title", "职务")
    superior_id: Mapped[UUID | None] = field.ref(
        None, "Superior", "上级", on_delete=OnDelete.CLEAR, reverse="subordinates"
    )
    influence: Mapped[str | None] = field.dictionary("Influence", "影响力", INFLUENCE)
    phone: Mapped[str | None] = field.phone(
        "Phone", "电话", search=True, group="contact", mask="phone", personal=True, duplicate=DuplicateKind.PHONE
    )
    mobile: Mapped[str | None] = field.phone(
        "Mobile", "手机", search=True, group="contact", mask="phone", personal=True, duplicate=DuplicateKind.PHONE
    )
    email: Mapped[str | None] = field.email("E-mail", "邮箱", search=True, group="contact", mask="email", personal=True)
    birthday: Mapped[date | None] = field.day("Birthday", "生日", group="contact", personal=True)
    address = field.address("Address", "地址", group="contact", masked=True, personal=True)
    preferences: Mapped[str | None] = field.long_text("Preferences", "喜好", group="contact", personal=True)
    is_primary: Mapped[bool] = field.boolean("Main contact", "主要联系人")
    notes: Mapped[str | None] = field.long_text("Notes", "备注")
    tags = field.refs(Tag, "Tags", "标签")
