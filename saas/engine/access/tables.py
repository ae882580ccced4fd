"""What the kernel reads: principals, their roles, what roles grant, shares, and the closures of the organisation.

The engine owns these tables; `modules/organisation` keeps them in line with departments, employees and roles.
"""

from dataclasses import replace
from datetime import date
from enum import IntEnum, StrEnum
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from saas.engine.followers import Follows, first
from saas.engine.record import metadata

SYSTEM_PRINCIPAL = UUID("00000000-0000-8700-8000-000000000001")
SYSTEM_ROLE = UUID("00000000-0000-8700-8000-000000000002")
ANY = "*"


class RowScope(StrEnum):
    """How far a right reaches; each scope includes one's own records."""

    OWN = "own"
    OWN_AND_SUBORDINATES = "own_and_subordinates"
    DEPARTMENT = "department"
    DEPARTMENT_TREE = "department_tree"
    REGION_TREE = "region_tree"
    BUSINESS_LINE = "business_line"
    ALL = "all"

    @property
    def place(self) -> str:
        """Which place of a record decides: its owner, department, region or business line."""
        return "owner" if self.startswith("own") else self.removesuffix("_tree")


class ShareAccess(StrEnum):
    """What a shared record is shared for."""

    READ = "read"
    WRITE = "write"


class Relation(StrEnum):
    """What the viewer is to a record; the first that holds counts."""

    OWNER = "owner"
    SUPERIOR = "superior"
    PARTICIPANT = "participant"
    SAME_DEPARTMENT = "same_department"
    OTHERS = "others"


class Access(IntEnum):
    """What one may do with a group of fields; of the roles that reach the record the highest counts."""

    HIDDEN = 0
    MASKED = 1
    READ = 2
    WRITE = 3


# In a merge what a record is shared for follows it. What gives rights needs the right to give them: a position or a
# business line too, since what is granted to those who have one would be theirs who have the other.
_SHARED = Follows("record", seen_with="{object}.share")
_HOLDER = Follows("holder", seen_with="role.read")
_GRANTED = Follows("role", seen_with="role.read", needs="role.update")


def _to(field: str) -> Follows:
    return replace(_GRANTED, field=field)


def _id(name: str, *, primary_key: bool = False, follows: Follows | None = None) -> sa.Column[UUID]:
    info = follows.info if follows else {}
    return sa.Column(name, sa.Uuid(), primary_key=primary_key, nullable=False, info=info)


def _word(name: str, *, primary_key: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(collation="C"), primary_key=primary_key, nullable=False)


def _until() -> sa.Column[date]:
    return sa.Column("until", sa.Date(), comment="The last day on which it counts; NULL: for good.")


def _numbered() -> sa.Column[UUID]:
    return sa.Column("id", sa.Uuid(), primary_key=True, server_default=sa.text("gen_random_uuid()"))


def _viewer_conditions() -> tuple[sa.Column[UUID], sa.Column[UUID]]:
    of_line, line = "Counts only for who works for this line.", _to("businessLine").info
    position = sa.Column(
        "position_id", sa.Uuid(), comment="Counts only for who holds this position.", info=_to("position").info
    )
    return position, sa.Column("business_line_id", sa.Uuid(), comment=of_line, info=line)


def _once(table: str, *names: str) -> sa.UniqueConstraint:
    names = (*names, "position_id", "business_line_id")
    return sa.UniqueConstraint(*names, name=f"uq_{table}_once", postgresql_nulls_not_distinct=True)


def _tree(name: str, comment: str) -> sa.Table:
    return sa.Table(
        name,
        metadata,
        _id("ancestor_id", primary_key=True),
        _id("descendant_id", primary_key=True),
        sa.Column("depth", sa.Integer(), nullable=False),
        comment=comment,
    )


principal = sa.Table(
    "principal",
    metadata,
    _id("id", primary_key=True),
    _word("kind"),
    sa.Column("department_id", sa.Uuid()),
    sa.Column("region_id", sa.Uuid()),
    sa.Column("position_id", sa.Uuid()),
    sa.Column("is_active", sa.Boolean(), nullable=False),
    comment="Whoever can act: an employee (same id), an app, or the tenant's own system identity.",
)
principal_business_line = sa.Table(
    "principal_business_line",
    metadata,
    _id("principal_id", primary_key=True, follows=Follows("person", "employee.read", needs="employee.update")),
    _id("business_line_id", primary_key=True, follows=Follows("businessLine", "employee.read", "employee.update")),
    sa.Index("ix_principal_business_line_business_line_id", "business_line_id"),
    comment="Who works for which lines of business.",
)
principal_role = sa.Table(
    "principal_role",
    metadata,
    _id("principal_id", primary_key=True, follows=_to("person")),
    _id("role_id", primary_key=True, follows=_GRANTED),
    _until(),
    info=first("until DESC NULLS FIRST"),
    comment="Who holds which roles; rights add up.",
)
principal_deputy = sa.Table(
    "principal_deputy",
    metadata,
    _id("principal_id", primary_key=True, follows=_to("person")),
    _id("deputy_id", primary_key=True, follows=_to("deputy")),
    sa.Column("starts_on", sa.Date(), primary_key=True, nullable=False),
    sa.Column("ends_on", sa.Date(), nullable=False, comment="The last day."),
    sa.Index("ix_principal_deputy_deputy_id", "deputy_id"),
    info=first("ends_on DESC"),
    comment="Who stands in for whom, from one day to another: the deputy reaches what the other one owns.",
)
role_right = sa.Table(
    "role_right",
    metadata,
    _numbered(),
    _id("role_id", follows=_GRANTED),
    _word("object"),
    _word("operation"),
    _word("scope"),
    *_viewer_conditions(),
    _once("role_right", "role_id", "object", "operation", "scope"),
    comment="What a role may do (object × operation, `*` for any) and how far it reaches.",
)
role_field = sa.Table(
    "role_field",
    metadata,
    _numbered(),
    _id("role_id", follows=_GRANTED),
    _word("object"),
    _word("field_group"),
    _word("relation"),
    sa.Column("stage", sa.Text(collation="C"), comment="Counts only in this state of the record; NULL: in all."),
    _word("access"),
    *_viewer_conditions(),
    _once("role_field", "role_id", "object", "field_group", "relation", "stage"),
    info=first("access"),  # in the order of letters: hidden, masked, read, write
    comment="Where a role's access to a field group, or to the rows (`*`), is less than write, by relation and state.",
)
special_grant = sa.Table(
    "special_grant",
    metadata,
    _id("holder_id", primary_key=True, follows=_to("holder")),
    _word("key", primary_key=True),
    sa.Column("value", JSONB(), nullable=False),
    comment="Special permissions of roles and of single people: the id tells which.",
)
record_share = sa.Table(
    "record_share",
    metadata,
    _id("record_id", primary_key=True, follows=_SHARED),
    _id("holder_id", primary_key=True, follows=_HOLDER),
    _word("access"),
    _until(),
    sa.Index("ix_record_share_holder_id", "holder_id", "record_id"),
    info=first("until DESC NULLS FIRST, access DESC"),  # whichever it is, it gives no more than it gave
    comment="Records shared with a person, a department and all below it, or a role: the id tells which.",
)
record_participant = sa.Table(
    "record_participant",
    metadata,
    _id("record_id", primary_key=True, follows=_SHARED),
    _id("principal_id", primary_key=True, follows=replace(_HOLDER, field="person")),
    sa.Column("since", sa.DateTime(timezone=True), nullable=False),
    sa.Index("ix_record_participant_principal_id", "principal_id", "record_id"),
    info=first("since"),
    comment="Who takes part in a record besides its owner.",
)
department_closure = _tree(
    "department_closure", "Every department with every one below it, itself included at depth 0."
)
region_closure = _tree("region_closure", "Every region with every one below it, itself included at depth 0.")
superior_closure = sa.Table(
    "superior_closure",
    metadata,
    _id("superior_id", primary_key=True),
    _id("subordinate_id", primary_key=True),
    sa.Column("depth", sa.Integer(), nullable=False),
    sa.Index("ix_superior_closure_subordinate_id", "subordinate_id"),
    comment="Every person with everybody below them in the reporting line.",
)
