"""What the directory knows of tenants' own identity providers: connections, domains, and who is known there as whom."""

from sqlalchemy import (
    ARRAY,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from saas.tenants.directory_tables import metadata, moment, sealed_column

# A tenant's identity provider. `role_mappings`: [{claim, value, role_id}], the roles that follow from what it tells.
connection = Table(
    "connection",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("tenant_id", Uuid, ForeignKey("directory.tenant.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("issuer", Text, nullable=False),
    Column("client_id", Text, nullable=False),
    sealed_column("client_secret", "secrets of connections", nullable=True),
    Column("scopes", ARRAY(Text), nullable=False),
    Column("just_in_time", Boolean, nullable=False),
    Column("role_mappings", JSONB, nullable=False),
    Column("trusts_second_factor", Boolean, nullable=False),
    Column("state", Text, CheckConstraint("state in ('active', 'off')", name="state"), nullable=False),
    moment("created_at"),
    moment("updated_at"),
)

# A domain that a tenant says is its own; from `verified_at` on it is, and then nobody else's.
verified_domain = Table(
    "verified_domain",
    metadata,
    Column("tenant_id", Uuid, ForeignKey("directory.tenant.id", ondelete="CASCADE"), primary_key=True),
    Column("domain", Text, primary_key=True),
    Column("token", Text, nullable=False),
    moment("verified_at", nullable=True),
    moment("created_at"),
    Index("verified_domain_domain_idx", "domain", unique=True, postgresql_where=text("verified_at IS NOT NULL")),
)

# Who a person is at a provider: never known by e-mail, but by the issuer's own name for them.
outside_identity = Table(
    "outside_identity",
    metadata,
    Column("connection_id", Uuid, ForeignKey("directory.connection.id", ondelete="CASCADE"), primary_key=True),
    Column("issuer", Text, primary_key=True),
    Column("subject", Text, primary_key=True),
    Column("person_id", Uuid, ForeignKey("directory.person.id", ondelete="CASCADE"), nullable=False, index=True),
    moment("seen_at"),
    moment("created_at"),
    UniqueConstraint("connection_id", "issuer", "person_id"),
)

# A sign-in on its way through a provider, from our redirect until the answer; taken once. `person_id`: who wants to be
# linked with who they are there, having signed in already.
sso_attempt = Table(
    "sso_attempt",
    metadata,
    Column("state_hash", LargeBinary, primary_key=True),
    Column(
        "connection_id", Uuid, ForeignKey("directory.connection.id", ondelete="CASCADE"), nullable=False, index=True
    ),
    Column("browser_hash", LargeBinary, nullable=False),
    Column("nonce_hash", LargeBinary, nullable=False),
    sealed_column("verifier", "verifiers of sign-ins"),
    Column("issuer", Text, nullable=False),
    Column("person_id", Uuid, ForeignKey("directory.person.id", ondelete="CASCADE"), index=True),
    Column("onward_to", Text, nullable=False),
    Column("expires_at", moment("expires_at").type, nullable=False, index=True),
)

# Log-out tokens that were obeyed, so that none is obeyed twice.
used_log_out = Table(
    "used_log_out",
    metadata,
    Column("connection_id", Uuid, ForeignKey("directory.connection.id", ondelete="CASCADE"), primary_key=True),
    Column("token_hash", LargeBinary, primary_key=True),
    Column("expires_at", moment("expires_at").type, nullable=False, index=True),
)
