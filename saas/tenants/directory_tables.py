"""What the directory knows: cells, tenants, the warm pool, people, and who may sign in where."""

from sqlalchemy import (
    ARRAY,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

metadata = MetaData(
    schema="directory",
    naming_convention={
        "pk": "%(table_name)s_pkey",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
        "fk": "%(table_name)s_%(column_0_name)s_fkey",
        "ix": "%(table_name)s_%(column_0_N_name)s_idx",
        "ck": "%(table_name)s_%(constraint_name)s_check",
    },
)


def moment(name: str, *, nullable: bool = False) -> Column[object]:
    """A column for a moment, with its zone."""
    return Column(name, DateTime(timezone=True), nullable=nullable)


def sealed_column(name: str, purpose: str, *, nullable: bool = False) -> Column[bytes]:
    """A column for what `saas.kit.vault` sealed for this purpose; `saas secrets rotate` finds it."""
    return Column(name, LargeBinary, nullable=nullable, info={"sealed": purpose})


cell = Table(
    "cell",
    metadata,
    Column("name", Text, primary_key=True),
    Column("dsn", Text, nullable=False),
    Column("max_tenants", Integer, nullable=False),
    Column("is_open", Boolean, nullable=False),
    moment("created_at"),
)

tenant = Table(
    "tenant",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("slug", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("cell", Text, ForeignKey("directory.cell.name"), nullable=False, index=True),
    Column("schema", Text, nullable=False, unique=True),
    Column(
        "state",
        Text,
        CheckConstraint("state in ('creating', 'active', 'suspended', 'dropping')", name="state"),
        nullable=False,
    ),
    Column("schema_version", Integer, nullable=False),
    Column("base_currency", Text, nullable=False),
    Column("time_zone", Text, nullable=False),
    Column("language", Text, nullable=False),
    moment("created_at"),
)

# A schema with its role and tables that belongs to nobody yet. `filling`: it may be half there.
spare = Table(
    "spare",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("cell", Text, ForeignKey("directory.cell.name"), nullable=False),
    Column("schema", Text, nullable=False, unique=True),
    Column("state", Text, CheckConstraint("state in ('filling', 'ready')", name="state"), nullable=False),
    Column("schema_version", Integer, nullable=False),
    moment("created_at"),
)

# A write to the directory that its tenant's schema does not know of yet; gone once both agree.
pending = Table(
    "pending",
    metadata,
    Column("key", Text, primary_key=True),
    Column("kind", Text, CheckConstraint("kind in ('create', 'state', 'drop')", name="kind"), nullable=False),
    Column("tenant_id", Uuid, ForeignKey("directory.tenant.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("details", JSONB, nullable=False),
    moment("created_at"),
)

person = Table(
    "person",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("email", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("password_hash", Text),
    Column("language", Text),
    moment("password_set_at", nullable=True),
    Column("failures", Integer, nullable=False, server_default=text("0")),
    moment("failed_at", nullable=True),
    moment("created_at"),
)
# What a sign-in demands may be told by the domain of an address.
Index("person_domain_idx", func.split_part(person.c.email, "@", 2))

membership = Table(
    "membership",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("tenant_id", Uuid, ForeignKey("directory.tenant.id", ondelete="CASCADE"), nullable=False),
    Column("person_id", Uuid, ForeignKey("directory.person.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("principal_id", Uuid, nullable=False),
    moment("ended_at", nullable=True),
    moment("created_at"),
    UniqueConstraint("tenant_id", "principal_id"),
    UniqueConstraint("tenant_id", "person_id"),
)

# A token that its holder shows as it is: from POST /sign-in, from an operator, or a personal one for scripts.
sign_in = Table(
    "sign_in",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("token_hash", LargeBinary, nullable=False, unique=True),
    Column(
        "membership_id", Uuid, ForeignKey("directory.membership.id", ondelete="CASCADE"), nullable=False, index=True
    ),
    Column(
        "kind",
        Text,
        CheckConstraint("kind in ('password', 'operator', 'personal')", name="kind"),
        nullable=False,
        server_default=text("'password'"),
    ),
    Column("name", Text, nullable=False, server_default=text("''")),
    # What it may be used for; NULL: whatever its holder may do.
    Column("scopes", ARRAY(Text)),
    moment("seen_at", nullable=True),
    moment("expires_at"),
    moment("created_at"),
)
