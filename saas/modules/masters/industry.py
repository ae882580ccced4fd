"""What companies live from: one tree of industries that all records use."""

from uuid import UUID

from sqlalchemy.orm import Mapped

from saas.engine import field
from saas.engine.field import Label
from saas.engine.record import Facts, Record


class Industry(Record):
    """What a company lives from. Industries form one tree that all records use."""

    __tablename__ = "industry"
    facts = Facts(
        code=0x048,
        label=Label("Industry", "行业"),
        plural=Label("Industries", "行业"),
        title="name",
        public_title=True,
        order=("rank", "name"),
        keys=("code", "name"),
    )

    name: Mapped[str] = field.text("Name", "名称", required=True)
    name_zh: Mapped[str | None] = field.text("Chinese name", "中文名称")
    code: Mapped[str | None] = field.text("Code", "编码", unique=True)
    parent_id: Mapped[UUID | None] = field.ref(None, "Parent industry", "上级行业", reverse="parts")
    rank: Mapped[int | None] = field.integer("Rank", "排序", description="Small ones come first in lists.")
