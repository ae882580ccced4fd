"""A part of the organisation; departments form one tree."""

from uuid import UUID

from sqlalchemy.orm import Mapped

from saas.engine import field
from saas.engine.field import Label
from saas.engine.record import Facts, Record
from saas.modules.organisation.branch import Branch


class Department(Record):
    """A part of the organisation. Departments form a tree, along which department rights reach down."""

    __tablename__ = "department"
    facts = Facts(
        code=0x001,
        label=Label("Department", "部门"),
        plural=Label("Departments", "部门"),
        title="name",
        public_title=True,
        order=("name",),
        department="id",
        keys=("code", "name"),
    )

    name: Mapped[str] = field.text("Name", "名称", required=True, unique=True)
    code: Mapped[str | None] = field.text("Code", "编码", unique=True, search=True)
    parent_id: Mapped[UUID | None] = field.ref(None, "Parent department", "上级部门", reverse="children")
    branch_id: Mapped[UUID | None] = field.ref(Branch, "Branch", "分支机构")
