"""A branch office of the group; branches form one tree."""

from uuid import UUID

from sqlalchemy.orm import Mapped

from saas.engine import field
from saas.engine.field import Label
from saas.engine.record import Facts, Record


class Branch(Record):
    """A branch office: a unit of the group at a place of its own. Departments and people may belong to one."""

    __tablename__ = "branch"
    facts = Facts(
        code=0x007,
        label=Label("Branch", "分支机构"),
        plural=Label("Branches", "分支机构"),
        title="name",
        public_title=True,
        order=("name",),
        keys=("code", "name"),
    )

    name: Mapped[str] = field.text("Name", "名称", required=True, unique=True)
    code: Mapped[str | None] = field.text("Code", "编码", unique=True, search=True)
    parent_id: Mapped[UUID | None] = field.ref(None, "Parent branch", "上级机构", reverse="children")
    phone: Mapped[str | None] = field.phone("Phone", "电话", search=True)
    address = field.address("Address", "地址", search=True)
