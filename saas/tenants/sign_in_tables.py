"""What the directory keeps of signing in: each try, former passwords, failures of nobody, pictures already used."""

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, LargeBinary, Table, Text, Uuid

from saas.tenants.directory_tables import metadata, moment

OUTCOMES = ("ok", "wrong", "locked", "captcha", "second_factor_wrong", "refused")

# A try to sign in, by whomever. `email` is empty where what was typed has not the form of an address.
sign_in_entry = Table(
    "sign_in_entry",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("person_id", Uuid, ForeignKey("directory.person.id", ondelete="CASCADE")),
    Column("tenant_id", Uuid, ForeignKey("directory.tenant.id", ondelete="CASCADE")),
    Column("session_id", Uuid),
    Column("email", Text, nullable=False),
    Column("outcome", Text, CheckConstraint(f"outcome in {OUTCOMES}", name="outcome"), nullable=False),
    Column("method", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("agent", Text, nullable=False),
    moment("at"),
    Index("sign_in_entry_person_id_id_idx", "person_id", "id"),
    Index("sign_in_entry_tenant_id_id_idx", "tenant_id", "id"),
    Index("sign_in_entry_at_idx", "at"),
)

# The passwords a person had before, as hashes.
password_history = Table(
    "password_history",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("person_id", Uuid, ForeignKey("directory.person.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("password_hash", Text, nullable=False),
    moment("ended_at"),
)

# Failures with an address that nobody has: it locks like any other, so that locking tells nothing.
unknown_address = Table(
    "unknown_address",
    metadata,
    Column("address_hash", LargeBinary, primary_key=True),
    Column("failures", Integer, nullable=False),
    moment("failed_at"),
    Index("unknown_address_failed_at_idx", "failed_at"),
)

# Pictures with letters that were answered: each counts once.
used_captcha = Table(
    "used_captcha",
    metadata,
    Column("id", Uuid, primary_key=True),
    moment("until"),
    Index("used_captcha_until_idx", "until"),
)
