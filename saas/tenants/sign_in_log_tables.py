"""What the directory knows of tries to sign in: by whom, how, from where, and what became of them."""

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Table, Text, Uuid

from saas.tenants.directory_tables import metadata, moment

# `person_id` is null where nobody has the address; `tenant_id` where the try was for no company in particular.
sign_in_log = Table(
    "sign_in_log",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("person_id", Uuid, ForeignKey("directory.person.id", ondelete="CASCADE")),
    Column("tenant_id", Uuid, ForeignKey("directory.tenant.id", ondelete="CASCADE")),
    Column("session_id", Uuid),
    Column("email", Text, nullable=False),
    Column(
        "outcome",
        Text,
        CheckConstraint(
            "outcome in ('ok', 'wrong', 'locked', 'captcha', 'second_factor_wrong', 'refused')", name="outcome"
        ),
        nullable=False,
    ),
    Column("method", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("agent", Text, nullable=False),
    moment("at"),
    Index("sign_in_log_person_id_id_idx", "person_id", "id"),
    Index("sign_in_log_tenant_id_id_idx", "tenant_id", "id"),
)
