"""Tags: words that people put on records, to find them again."""

import re

from sqlalchemy.orm import Mapped

from saas.engine import field
from saas.engine.field import Label
from saas.engine.record import Facts, Record
from saas.engine.rules import Broken, rule

_COLOUR = re.compile(r"#[0-9A-Fa-f]{6}")


class Tag(Record):
    """A word that people put on records of any kind, to find them again."""

    __tablename__ = "tag"
    facts = Facts(
        code=0x047,
        label=Label("Tag", "标签"),
        plural=Label("Tags", "标签"),
        title="name",
        public_title=True,
        order=("name",),
        keys=("name",),
    )

    name: Mapped[str] = field.text("Name", "名称", required=True, unique=True)
    colour: Mapped[str | None] = field.text(
        "Colour", "颜色", description="As #RRGGBB.", examples=("#1E88E5", "#D81B60", "#ffc107")
    )


@rule(Tag)
def tag_colour_is_six_digits(tag: Tag) -> None:
    """A colour is red, green and blue, two hexadecimal digits each."""
    if tag.colour is not None and not _COLOUR.fullmatch(tag.colour):
        raise Broken("A colour is written #RRGGBB, such as #1E88E5.", field="colour")
