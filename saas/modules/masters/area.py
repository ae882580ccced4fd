"""Where things are: one tree of countries, provinces and cities that all records use."""

from uuid import UUID

from sqlalchemy.orm import Mapped

from saas.engine import field
from saas.engine.field import Label
from saas.engine.record import Facts, Record


class Area(Record):
    """A country, province, city or other part of the world. Areas form one tree that all records use."""

    __tablename__ = "area"
    facts = Facts(
        code=0x049,
        label=Label("Area", "地区"),
        plural=Label("Areas", "地区"),
        title="name",
        public_title=True,
        order=("rank", "name"),
        keys=("code", "name"),
    )

    name: Mapped[str] = field.text("Name", "名称", required=True)
    name_zh: Mapped[str | None] = field.text("Chinese name", "中文名称")
    code: Mapped[str | None] = field.text("Code", "编码", unique=True, description="Such as ISO 3166 or GB/T 2260.")
    parent_id: Mapped[UUID | None] = field.ref(None, "Lies in", "上级地区", reverse="parts")
    rank: Mapped[int | None] = field.integer("Rank", "排序", description="Small ones come first in lists.")
