"""What the kernel reads: principals, their roles, what roles grant, and the closures of the organisation.

The engine owns these tables; `modules/organisation` keeps them in line with departments, employees and roles.
"""

from enum import IntEnum, StrEnum
from uuid import UUID

import sqlalchemy as sa

from saas.engine.record import metadata

SYSTEM_PRINCIPAL = UUID("00000000-0000-8700-8000-000000000001")
SYSTEM_ROLE = UUID("00000000-0000-8700-8000-000000000002")
ANY = "*"


class RowScope(StrEnum):
    """How far a right reaches; each wider scope includes one's own records."""

    OWN = "own"
    DEPARTMENT_TREE = "department_tree"
    ALL = "all"


class Relation(StrEnum):
    """What the viewer is to a record; the first that holds counts."""

    OWNER = "owner"
    SUPERIOR = "superior"
    SAME_DEPARTMENT = "same_department"
    OTHERS = "others"


class Access(IntEnum):
    """What one may do with a group of fields; of the roles that reach the record the highest counts."""

    HIDDEN = 0
    READ = 1
    WRITE = 2


def _id(name: str, *, primary_key: bool = False) -> sa.Column[UUID]:
    return sa.Column(name, sa.Uuid(), primary_key=primary_key, nullable=False)


def _word(name: str, *, primary_key: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(collation="C"), primary_key=primary_key, nullable=False)


principal = sa.Table(
    "principal",
    metadata,
    _id("id", primary_key=True),
    _word("kind"),
    sa.Column("department_id", sa.Uuid()),
    sa.Column("is_active", sa.Boolean(), nullable=False),
    comment="Whoever can act: an employee (same id), an app, or the tenant's own system identity.",
)
principal_role = sa.Table(
    "principal_role",
    metadata,
    _id("principal_id", primary_key=True),
    _id("role_id", primary_key=True),
    comment="Who holds which roles; rights add up.",
)
role_right = sa.Table(
    "role_right",
    metadata,
    _id("role_id", primary_key=True),
    _word("object", primary_key=True),
    _word("operation", primary_key=True),
    _word("scope"),
    comment="What a role may do (object × operation, `*` for any) and how far it reaches.",
)
role_field = sa.Table(
    "role_field",
    metadata,
    _id("role_id", primary_key=True),
    _word("object", primary_key=True),
    _word("field_group", primary_key=True),
    _word("relation", primary_key=True),
    _word("access"),
    comment="Where a role's access to a field group is less than write, by relation to the record.",
)
department_closure = sa.Table(
    "department_closure",
    metadata,
    _id("ancestor_id", primary_key=True),
    _id("descendant_id", primary_key=True),
    sa.Column("depth", sa.Integer(), nullable=False),
    comment="Every department with every one below it, itself included at depth 0.",
)
superior_closure = sa.Table(
    "superior_closure",
    metadata,
    _id("superior_id", primary_key=True),
    _id("subordinate_id", primary_key=True),
    sa.Column("depth", sa.Integer(), nullable=False),
    sa.Index("ix_superior_closure_subordinate_id", "subordinate_id"),
    comment="Every person with everybody below them in the reporting line.",
)
