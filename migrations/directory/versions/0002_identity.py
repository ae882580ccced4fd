"""Sessions, policies, keys and acts of administrators; partner apps, their installations and what they may do."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"

check = "select to_regclass('directory.pushed_request') is not null"
_TABLES = (
    "session, sign_in_policy, act, signing_key, app, installation, consent, authorization, authorization_code,"
    " refresh_token, device_request, pushed_request"
)


def upgrade() -> None:
    _people()
    _identity()
    _apps()
    names = ", ".join(f"directory.{name.strip()}" for name in _TABLES.split(","))
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {names} TO atrium_app")
    op.execute("REVOKE UPDATE, DELETE ON directory.act FROM atrium_app")


def _moment(name: str, *, nullable: bool = False) -> "sa.Column[object]":
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _people() -> None:
    op.add_column("person", sa.Column("language", sa.Text), schema="directory")
    op.add_column("person", _moment("password_set_at", nullable=True), schema="directory")
    op.add_column(
        "person", sa.Column("failures", sa.Integer, server_default=sa.text("0"), nullable=False), schema="directory"
    )
    op.add_column("person", _moment("failed_at", nullable=True), schema="directory")
    op.add_column(
        "sign_in", sa.Column("kind", sa.Text, server_default=sa.text("'password'"), nullable=False), schema="directory"
    )
    op.add_column(
        "sign_in", sa.Column("name", sa.Text, server_default=sa.text("''"), nullable=False), schema="directory"
    )
    op.add_column("sign_in", sa.Column("scopes", sa.ARRAY(sa.Text)), schema="directory")
    op.add_column("sign_in", _moment("seen_at", nullable=True), schema="directory")
    op.create_check_constraint(
        "sign_in_kind_check", "sign_in", "kind in ('password', 'operator', 'personal')", schema="directory"
    )


def _identity() -> None:
    op.create_table(
        "signing_key",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("algorithm", sa.Text, nullable=False),
        sa.Column("private", sa.LargeBinary, nullable=False),
        sa.Column("public", postgresql.JSONB, nullable=False),
        _moment("signs_from"),
        _moment("signs_until"),
        _moment("known_until"),
        _moment("created_at"),
        sa.PrimaryKeyConstraint("id", name="signing_key_pkey"),
        schema="directory",
    )
    op.create_table(
        "session",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("person_id", sa.Uuid, nullable=False),
        sa.Column("secret_hash", sa.LargeBinary, nullable=False),
        sa.Column("methods", sa.ARRAY(sa.Text), nullable=False),
        sa.Column("pending", sa.Text),
        sa.Column("connection_id", sa.Uuid),
        sa.Column("outside_session", sa.Text),
        sa.Column("outside_token", sa.LargeBinary),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("agent", sa.Text, nullable=False),
        _moment("authenticated_at"),
        _moment("seen_at"),
        _moment("expires_at"),
        _moment("created_at"),
        sa.ForeignKeyConstraint(
            ["person_id"], ["directory.person.id"], name="session_person_id_fkey", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="session_pkey"),
        sa.UniqueConstraint("secret_hash", name="session_secret_hash_key"),
        sa.CheckConstraint("pending in ('second_factor', 'password')", name="session_pending_check"),
        schema="directory",
    )
    op.create_index("session_connection_id_idx", "session", ["connection_id"], schema="directory")
    op.create_index("session_person_id_idx", "session", ["person_id"], schema="directory")
    op.create_table(
        "act",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.Column("actor_id", sa.Uuid),
        sa.Column("app_id", sa.Uuid),
        sa.Column("verb", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("details", postgresql.JSONB, nullable=False),
        sa.Column("request_id", sa.Text, nullable=False),
        _moment("at"),
        sa.ForeignKeyConstraint(["tenant_id"], ["directory.tenant.id"], name="act_tenant_id_fkey", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="act_pkey"),
        schema="directory",
    )
    op.create_index("act_tenant_id_id_idx", "act", ["tenant_id", "id"], schema="directory")
    op.create_table(
        "sign_in_policy",
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.Column("rules", postgresql.JSONB, nullable=False),
        _moment("updated_at"),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["directory.tenant.id"], name="sign_in_policy_tenant_id_fkey", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant_id", name="sign_in_policy_pkey"),
        schema="directory",
    )


def _apps() -> None:
    op.create_table(
        "app",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("client_id", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("owner_id", sa.Uuid),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("homepage", sa.Text, nullable=False),
        sa.Column("secret_hash", sa.LargeBinary),
        sa.Column("former_secret_hash", sa.LargeBinary),
        _moment("former_secret_until", nullable=True),
        sa.Column("redirect_uris", sa.ARRAY(sa.Text), nullable=False),
        sa.Column("log_out_uris", sa.ARRAY(sa.Text), nullable=False),
        sa.Column("back_channel_log_out_uri", sa.Text),
        sa.Column("scopes", sa.ARRAY(sa.Text), nullable=False),
        sa.Column("needs_pushed_requests", sa.Boolean, nullable=False),
        _moment("created_at"),
        sa.ForeignKeyConstraint(["owner_id"], ["directory.tenant.id"], name="app_owner_id_fkey", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="app_pkey"),
        sa.UniqueConstraint("client_id", name="app_client_id_key"),
        sa.CheckConstraint("kind in ('public', 'confidential', 'machine')", name="app_kind_check"),
        sa.CheckConstraint("state in ('active', 'suspended')", name="app_state_check"),
        schema="directory",
    )
    op.create_index("app_owner_id_idx", "app", ["owner_id"], schema="directory")
    op.create_table(
        "consent",
        sa.Column("app_id", sa.Uuid, nullable=False),
        sa.Column("membership_id", sa.Uuid, nullable=False),
        sa.Column("scopes", sa.ARRAY(sa.Text), nullable=False),
        _moment("created_at"),
        sa.ForeignKeyConstraint(["app_id"], ["directory.app.id"], name="consent_app_id_fkey", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["membership_id"], ["directory.membership.id"], name="consent_membership_id_fkey", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("app_id", "membership_id", name="consent_pkey"),
        schema="directory",
    )
    op.create_index("consent_membership_id_idx", "consent", ["membership_id"], schema="directory")
    op.create_table(
        "installation",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("app_id", sa.Uuid, nullable=False),
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.Column("scopes", sa.ARRAY(sa.Text), nullable=False),
        sa.Column("principal_id", sa.Uuid, nullable=False),
        _moment("ended_at", nullable=True),
        _moment("created_at"),
        sa.ForeignKeyConstraint(["app_id"], ["directory.app.id"], name="installation_app_id_fkey", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["directory.tenant.id"], name="installation_tenant_id_fkey", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="installation_pkey"),
        sa.UniqueConstraint("app_id", "tenant_id", name="installation_app_id_tenant_id_key"),
        schema="directory",
    )
    op.create_index("installation_tenant_id_idx", "installation", ["tenant_id"], schema="directory")
    op.create_table(
        "pushed_request",
        sa.Column("uri_hash", sa.LargeBinary, nullable=False),
        sa.Column("app_id", sa.Uuid, nullable=False),
        sa.Column("parameters", postgresql.JSONB, nullable=False),
        _moment("expires_at"),
        sa.ForeignKeyConstraint(
            ["app_id"], ["directory.app.id"], name="pushed_request_app_id_fkey", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("uri_hash", name="pushed_request_pkey"),
        schema="directory",
    )
    op.create_index("pushed_request_app_id_idx", "pushed_request", ["app_id"], schema="directory")
    op.create_table(
        "authorization",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("installation_id", sa.Uuid, nullable=False),
        sa.Column("membership_id", sa.Uuid),
        sa.Column("session_id", sa.Uuid),
        sa.Column("scopes", sa.ARRAY(sa.Text), nullable=False),
        sa.Column("resource", sa.Text, nullable=False),
        sa.Column("methods", sa.ARRAY(sa.Text), nullable=False),
        _moment("authenticated_at"),
        _moment("expires_at"),
        _moment("ended_at", nullable=True),
        _moment("created_at"),
        sa.ForeignKeyConstraint(
            ["installation_id"],
            ["directory.installation.id"],
            name="authorization_installation_id_fkey",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["membership_id"], ["directory.membership.id"], name="authorization_membership_id_fkey", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["session_id"], ["directory.session.id"], name="authorization_session_id_fkey", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name="authorization_pkey"),
        schema="directory",
    )
    op.create_index("authorization_installation_id_idx", "authorization", ["installation_id"], schema="directory")
    op.create_index("authorization_membership_id_idx", "authorization", ["membership_id"], schema="directory")
    op.create_index("authorization_session_id_idx", "authorization", ["session_id"], schema="directory")
    op.create_table(
        "authorization_code",
        sa.Column("code_hash", sa.LargeBinary, nullable=False),
        sa.Column("authorization_id", sa.Uuid, nullable=False),
        sa.Column("redirect_uri", sa.Text, nullable=False),
        sa.Column("challenge", sa.Text, nullable=False),
        sa.Column("nonce", sa.Text),
        _moment("expires_at"),
        _moment("used_at", nullable=True),
        sa.ForeignKeyConstraint(
            ["authorization_id"],
            ["directory.authorization.id"],
            name="authorization_code_authorization_id_fkey",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("code_hash", name="authorization_code_pkey"),
        schema="directory",
    )
    op.create_index(
        "authorization_code_authorization_id_idx", "authorization_code", ["authorization_id"], schema="directory"
    )
    op.create_table(
        "device_request",
        sa.Column("device_hash", sa.LargeBinary, nullable=False),
        sa.Column("user_code", sa.Text, nullable=False),
        sa.Column("app_id", sa.Uuid, nullable=False),
        sa.Column("scopes", sa.ARRAY(sa.Text), nullable=False),
        sa.Column("resource", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("authorization_id", sa.Uuid),
        sa.Column("interval", sa.Integer, nullable=False),
        _moment("asked_at", nullable=True),
        _moment("expires_at"),
        sa.ForeignKeyConstraint(
            ["app_id"], ["directory.app.id"], name="device_request_app_id_fkey", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["authorization_id"],
            ["directory.authorization.id"],
            name="device_request_authorization_id_fkey",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("device_hash", name="device_request_pkey"),
        sa.UniqueConstraint("user_code", name="device_request_user_code_key"),
        sa.CheckConstraint("state in ('pending', 'approved', 'denied')", name="device_request_state_check"),
        schema="directory",
    )
    op.create_index("device_request_app_id_idx", "device_request", ["app_id"], schema="directory")
    op.create_table(
        "refresh_token",
        sa.Column("token_hash", sa.LargeBinary, nullable=False),
        sa.Column("authorization_id", sa.Uuid, nullable=False),
        _moment("expires_at"),
        _moment("used_at", nullable=True),
        _moment("created_at"),
        sa.ForeignKeyConstraint(
            ["authorization_id"],
            ["directory.authorization.id"],
            name="refresh_token_authorization_id_fkey",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("token_hash", name="refresh_token_pkey"),
        schema="directory",
    )
    op.create_index("refresh_token_authorization_id_idx", "refresh_token", ["authorization_id"], schema="directory")
