"""A bundle of rights that people hold; what it grants is kept by the engine's access tables."""

from sqlalchemy.orm import Mapped

from saas.engine import field
from saas.engine.field import Label
from saas.engine.record import Facts, Record


class Role(Record):
    """A bundle of rights. A person may hold several roles; their rights add up."""

    __tablename__ = "role"
    facts = Facts(
        code=0x003,
        label=Label("Role", "角色"),
        plural=Label("Roles", "角色"),
        title="name",
        order=("name",),
        keys=("code", "name"),
    )

    name: Mapped[str] = field.text("Name", "名称", required=True, unique=True)
    code: Mapped[str | None] = field.text("Code", "编码", unique=True, search=True)
    description: Mapped[str | None] = field.long_text("Description", "说明")
