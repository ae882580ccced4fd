"""A kind of business that is led across departments and regions."""

from sqlalchemy.orm import Mapped

from saas.engine import field
from saas.engine.field import Label
from saas.engine.record import Facts, Record


class BusinessLine(Record):
    """A kind of business that is led across departments and regions. A person may work for several."""

    __tablename__ = "business_line"
    facts = Facts(
        code=0x006,
        label=Label("Business line", "业务线"),
        plural=Label("Business lines", "业务线"),
        title="name",
        public_title=True,
        order=("name",),
        business_line="id",
        keys=("code", "name"),
    )

    name: Mapped[str] = field.text("Name", "名称", required=True, unique=True)
    code: Mapped[str | None] = field.text("Code", "编码", unique=True)
    description: Mapped[str | None] = field.long_text("Description", "说明")
