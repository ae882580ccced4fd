"""What the directory knows of partner apps: who they are, where they are installed, and what they were allowed."""

from sqlalchemy import (
    ARRAY,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB

from saas.tenants.directory_tables import metadata, moment

# Registered once, by a tenant (its partner) or by the operator. `scopes`: the most that it may ask for.
app = Table(
    "app",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("client_id", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("kind", Text, CheckConstraint("kind in ('public', 'confidential', 'machine')", name="kind"), nullable=False),
    Column("state", Text, CheckConstraint("state in ('active', 'suspended')", name="state"), nullable=False),
    Column("owner_id", Uuid, ForeignKey("directory.tenant.id", ondelete="CASCADE"), index=True),
    Column("description", Text, nullable=False),
    Column("homepage", Text, nullable=False),
    Column("secret_hash", LargeBinary),
    Column("former_secret_hash", LargeBinary),
    moment("former_secret_until", nullable=True),
    Column("redirect_uris", ARRAY(Text), nullable=False),
    Column("log_out_uris", ARRAY(Text), nullable=False),
    Column("back_channel_log_out_uri", Text),
    Column("scopes", ARRAY(Text), nullable=False),
    Column("needs_pushed_requests", Boolean, nullable=False),
    moment("created_at"),
)

# An app in a tenant, with the scopes that its administrator granted; `principal_id` is the app's own identity there.
installation = Table(
    "installation",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("app_id", Uuid, ForeignKey("directory.app.id", ondelete="CASCADE"), nullable=False),
    Column("tenant_id", Uuid, ForeignKey("directory.tenant.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("scopes", ARRAY(Text), nullable=False),
    Column("principal_id", Uuid, nullable=False),
    moment("ended_at", nullable=True),
    moment("created_at"),
    UniqueConstraint("app_id", "tenant_id"),
)

# What a person agreed to let an app do in a tenant.
consent = Table(
    "consent",
    metadata,
    Column("app_id", Uuid, ForeignKey("directory.app.id", ondelete="CASCADE"), primary_key=True),
    Column(
        "membership_id",
        Uuid,
        ForeignKey("directory.membership.id", ondelete="CASCADE"),
        primary_key=True,
        index=True,
    ),
    Column("scopes", ARRAY(Text), nullable=False),
    moment("created_at"),
)

# One agreement under which tokens are given: all codes, access and refresh tokens of it end together.
authorization = Table(
    "authorization",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column(
        "installation_id",
        Uuid,
        ForeignKey("directory.installation.id", ondelete="CASCADE"),
        nullable=False,
        index=True,
    ),
    Column("membership_id", Uuid, ForeignKey("directory.membership.id", ondelete="CASCADE"), index=True),
    Column("session_id", Uuid, ForeignKey("directory.session.id", ondelete="SET NULL"), index=True),
    Column("scopes", ARRAY(Text), nullable=False),
    Column("resource", Text, nullable=False),
    Column("methods", ARRAY(Text), nullable=False),
    moment("authenticated_at"),
    moment("expires_at"),
    moment("ended_at", nullable=True),
    moment("created_at"),
)

authorization_code = Table(
    "authorization_code",
    metadata,
    Column("code_hash", LargeBinary, primary_key=True),
    Column(
        "authorization_id",
        Uuid,
        ForeignKey("directory.authorization.id", ondelete="CASCADE"),
        nullable=False,
        index=True,
    ),
    Column("redirect_uri", Text, nullable=False),
    Column("challenge", Text, nullable=False),
    Column("nonce", Text),
    moment("expires_at"),
    moment("used_at", nullable=True),
)

refresh_token = Table(
    "refresh_token",
    metadata,
    Column("token_hash", LargeBinary, primary_key=True),
    Column(
        "authorization_id",
        Uuid,
        ForeignKey("directory.authorization.id", ondelete="CASCADE"),
        nullable=False,
        index=True,
    ),
    moment("expires_at"),
    moment("used_at", nullable=True),
    moment("created_at"),
)

# A device that waits for a person to approve it elsewhere.
device_request = Table(
    "device_request",
    metadata,
    Column("device_hash", LargeBinary, primary_key=True),
    Column("user_code", Text, nullable=False, unique=True),
    Column("app_id", Uuid, ForeignKey("directory.app.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("scopes", ARRAY(Text), nullable=False),
    Column("resource", Text, nullable=False),
    Column("state", Text, CheckConstraint("state in ('pending', 'approved', 'denied')", name="state"), nullable=False),
    Column("authorization_id", Uuid, ForeignKey("directory.authorization.id", ondelete="CASCADE")),
    Column("interval", Integer, nullable=False),
    moment("asked_at", nullable=True),
    moment("expires_at"),
)

# The parameters of an authorization request that was pushed beforehand (RFC 9126).
pushed_request = Table(
    "pushed_request",
    metadata,
    Column("uri_hash", LargeBinary, primary_key=True),
    Column("app_id", Uuid, ForeignKey("directory.app.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("parameters", JSONB, nullable=False),
    moment("expires_at"),
)
