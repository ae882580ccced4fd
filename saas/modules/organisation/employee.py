"""A person who works here; one who may sign in has a membership in the directory besides."""

from datetime import date
from uuid import UUID

from sqlalchemy.orm import Mapped

from saas.engine import field
from saas.engine.field import Label, Naming, OnDelete
from saas.engine.record import Facts, Record
from saas.modules.organisation.branch import Branch
from saas.modules.organisation.department import Department
from saas.modules.organisation.position import Position
from saas.modules.organisation.region import Region


class Employee(Record):
    """A person who works here, with or without sign-in. Records are owned by employees."""

    __tablename__ = "employee"
    facts = Facts(
        code=0x002,
        label=Label("Employee", "员工"),
        plural=Label("Employees", "员工"),
        title="name",
        public_title=True,
        order=("name",),
        owner="id",
        department="department_id",
        region="region_id",
        keys=("code", "email", "name"),
        number="code",
        number_pattern="E-{seq:04}",
    )

    name: Mapped[str] = field.text("Name", "姓名", required=True, naming=Naming.PERSON, personal=True)
    code: Mapped[str | None] = field.text("Code", "工号", unique=True, search=True)
    email: Mapped[str | None] = field.email(
        "E-mail", "邮箱", unique=True, search=True, group="contact", mask="email", personal=True
    )
    phone: Mapped[str | None] = field.phone("Phone", "电话", search=True, group="contact", mask="phone", personal=True)
    job_title: Mapped[str | None] = field.text("Job title", "职务")
    department_id: Mapped[UUID | None] = field.ref(Department, "Department", "部门", group="organisation")
    region_id: Mapped[UUID | None] = field.ref(Region, "Region", "区域", group="organisation")
    branch_id: Mapped[UUID | None] = field.ref(Branch, "Branch", "分支机构", group="organisation")
    position_id: Mapped[UUID | None] = field.ref(Position, "Position", "职位", group="organisation")
    superior_id: Mapped[UUID | None] = field.ref(
        None, "Superior", "上级", group="organisation", on_delete=OnDelete.CLEAR, reverse="subordinates"
    )
    hired_on: Mapped[date | None] = field.day("Hired on", "入职日期", group="personnel", personal=True)
    birthday: Mapped[date | None] = field.day("Birthday", "生日", group="personnel", personal=True)
