"""What the directory knows of links sent by mail, and of second factors."""

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Index, Integer, LargeBinary, Table, Text, Uuid

from saas.tenants.directory_tables import metadata, moment, sealed_column

# Something that whoever reads the mail to `email` may do, once: take up an invitation, set a new password.
# `secret_hash` comes when the mail is written. An invitation is to `tenant_id`, as `principal_id`.
link = Table(
    "link",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("kind", Text, CheckConstraint("kind in ('invitation', 'password')", name="kind"), nullable=False),
    Column("email", Text, nullable=False),
    Column("tenant_id", Uuid, ForeignKey("directory.tenant.id", ondelete="CASCADE")),
    Column("principal_id", Uuid),
    Column("person_id", Uuid, ForeignKey("directory.person.id", ondelete="CASCADE"), index=True),
    Column("invited_by", Uuid),
    Column("language", Text, nullable=False),
    Column("secret_hash", LargeBinary, unique=True),
    moment("expires_at"),
    moment("sent_at", nullable=True),
    moment("used_at", nullable=True),
    moment("ended_at", nullable=True),
    moment("created_at"),
    Index("link_tenant_id_id_idx", "tenant_id", "id"),
)

# The key of a person's one-time passwords, encrypted. Without `confirmed_at` it is only being set up.
second_factor = Table(
    "second_factor",
    metadata,
    Column("person_id", Uuid, ForeignKey("directory.person.id", ondelete="CASCADE"), primary_key=True),
    sealed_column("secret", "second factor"),
    # The last step of 30 seconds whose code was used: none is taken twice.
    Column("last_step", BigInteger, nullable=False),
    Column("failures", Integer, nullable=False),
    moment("failed_at", nullable=True),
    moment("confirmed_at", nullable=True),
    moment("created_at"),
)

recovery_code = Table(
    "recovery_code",
    metadata,
    Column("person_id", Uuid, ForeignKey("directory.person.id", ondelete="CASCADE"), primary_key=True),
    Column("code_hash", LargeBinary, primary_key=True),
    moment("used_at", nullable=True),
)
