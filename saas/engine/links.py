"""The lists of records that records refer to, such as tags: who refers to whom, by which field, in which order."""

import sqlalchemy as sa

from saas.engine.field import Field
from saas.engine.record import metadata
from saas.engine.registry import ObjectType

link = sa.Table(
    "link",
    metadata,
    sa.Column("record_id", sa.Uuid(), primary_key=True, nullable=False),
    sa.Column("field", sa.Text(collation="C"), primary_key=True, nullable=False),
    sa.Column("target_id", sa.Uuid(), primary_key=True, nullable=False),
    sa.Column("position", sa.Integer(), nullable=False),
    sa.Index("ix_link_target_id", "target_id"),
    comment="What records refer to by a field that holds many references; `field` is object.field.",
)


def stored_as(one: ObjectType, field: Field) -> str:
    """The name under which the links of this field are kept."""
    return f"{one.name}.{field.name}"
