"""A part of the world as the management divides it: the second dimension of the organisation."""

from uuid import UUID

from sqlalchemy.orm import Mapped

from saas.engine import field
from saas.engine.field import Label
from saas.engine.record import Facts, Record


class Region(Record):
    """A management region. Regions form a tree of their own, beside the departments; region rights reach down it."""

    __tablename__ = "region"
    facts = Facts(
        code=0x004,
        label=Label("Region", "区域"),
        plural=Label("Regions", "区域"),
        title="name",
        public_title=True,
        order=("name",),
        region="id",
        keys=("code", "name"),
    )

    name: Mapped[str] = field.text("Name", "名称", required=True, unique=True)
    code: Mapped[str | None] = field.text("Code", "编码", unique=True)
    parent_id: Mapped[UUID | None] = field.ref(None, "Parent region", "上级区域")
