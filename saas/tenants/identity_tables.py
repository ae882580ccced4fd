"""What the directory knows of identity: sessions, policies, keys, and who administered what."""

from sqlalchemy import ARRAY, CheckConstraint, Column, ForeignKey, Index, LargeBinary, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from saas.tenants.directory_tables import metadata, moment, sealed_column

# A person's sign-in in one browser. `pending`: what must be done yet before it counts, such as a second factor.
session = Table(
    "session",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("person_id", Uuid, ForeignKey("directory.person.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("secret_hash", LargeBinary, nullable=False, unique=True),
    Column("methods", ARRAY(Text), nullable=False),
    Column("pending", Text, CheckConstraint("pending in ('second_factor', 'password')", name="pending")),
    Column("connection_id", Uuid, index=True),
    Column("outside_session", Text),
    sealed_column("outside_token", "tokens of identity providers", nullable=True),
    Column("address", Text, nullable=False),
    Column("agent", Text, nullable=False),
    moment("authenticated_at"),
    moment("seen_at"),
    moment("expires_at"),
    moment("created_at"),
    Index("session_expires_at_idx", "expires_at"),
)

# What a tenant demands of sign-ins; without a row the defaults count.
sign_in_policy = Table(
    "sign_in_policy",
    metadata,
    Column("tenant_id", Uuid, ForeignKey("directory.tenant.id", ondelete="CASCADE"), primary_key=True),
    Column("rules", JSONB, nullable=False),
    moment("updated_at"),
)

# What administrators did to identity: written in the transaction that did it.
act = Table(
    "act",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("tenant_id", Uuid, ForeignKey("directory.tenant.id", ondelete="CASCADE"), nullable=False),
    Column("actor_id", Uuid),
    Column("app_id", Uuid),
    Column("verb", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("details", JSONB, nullable=False),
    Column("request_id", Text, nullable=False),
    moment("at"),
    Index("act_tenant_id_id_idx", "tenant_id", "id"),
)

# The keys that sign tokens; the private half is encrypted.
signing_key = Table(
    "signing_key",
    metadata,
    Column("id", Text, primary_key=True),
    Column("algorithm", Text, nullable=False),
    sealed_column("private", "signing keys"),
    Column("public", JSONB, nullable=False),
    moment("signs_from"),
    moment("signs_until"),
    moment("known_until"),
    moment("created_at"),
)
