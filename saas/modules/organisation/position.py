"""A job as the organisation knows it, whoever holds it."""

from sqlalchemy.orm import Mapped

from saas.engine import field
from saas.engine.field import Label
from saas.engine.record import Facts, Record


class Position(Record):
    """A job as the organisation knows it, such as sales engineer. A right may count for one position only."""

    __tablename__ = "position"
    facts = Facts(
        code=0x005,
        label=Label("Position", "职位"),
        plural=Label("Positions", "职位"),
        title="name",
        public_title=True,
        order=("name",),
        keys=("code", "name"),
    )

    name: Mapped[str] = field.text("Name", "名称", required=True, unique=True)
    code: Mapped[str | None] = field.text("Code", "编码", unique=True)
    description: Mapped[str | None] = field.long_text("Description", "说明")
