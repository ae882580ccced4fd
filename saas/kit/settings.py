"""All settings, read once at start from SAAS_* variables; `docs/settings.md` lists them (a test compares)."""

from functools import cache
from typing import Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from saas.kit.errors import BadConfig


class Settings(BaseSettings):
    """Every field is the variable SAAS_<NAME>; the description is its documentation."""

    model_config = SettingsConfigDict(env_prefix="SAAS_", frozen=True, extra="ignore")

    directory_dsn: str = Field(description="Directory database, without user: postgresql://host:port/name.")
    redis_url: str = Field(description="Redis or Valkey that carries the jobs: redis://host:port/0.")
    public_url: str = Field(
        default="http://127.0.0.1:8000",
        pattern=r"^https?://[^/?#\s]+$",
        description="Address at which people and apps reach Atrium, without a path; tokens name it as their issuer.",
    )
    secret: SecretStr = Field(
        min_length=32, description="Key for cursors and for what is encrypted at rest; at least 32 characters."
    )
    former_secrets: SecretStr | None = Field(
        default=None,
        description="Former values of SAAS_SECRET, by spaces, until `saas secrets rotate` has sealed everything anew.",
    )
    app_password: SecretStr = Field(description="Password of the login role atrium_app.")
    owner_password: SecretStr | None = Field(
        default=None, description="Password of atrium_owner, which owns all tables; only for operators' commands."
    )
    dispatcher_password: SecretStr | None = Field(
        default=None, description="Password of atrium_dispatcher, which hands out jobs; only for workers."
    )
    admin_dsn: SecretStr | None = Field(
        default=None, description="A superuser's DSN; only for `saas install`, which makes roles and databases."
    )
    environment: str = Field(default="production", description="Name of the environment, told to Sentry.")
    sentry_dsn: SecretStr | None = Field(
        default=None, description="Where unexpected errors are reported; none: nowhere."
    )
    otlp_endpoint: str | None = Field(
        default=None,
        pattern=r"^https?://[^?#\s]+$",
        description="Collector of traces, OTLP over HTTP: http://host:4318; none: no spans are recorded.",
    )
    otlp_headers: SecretStr | None = Field(
        default=None, description="Headers that the collector wants, such as a key: name=value,name=value."
    )
    trace_ratio: float = Field(
        default=0.01, ge=0, le=1, description="The part of all traces of which spans are recorded: 0.01 is 1 %."
    )
    log_format: Literal["json", "console"] = Field(default="json", description="One JSON object a line, or for people.")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="The least level logged."
    )
    threads: int = Field(default=8, ge=1, le=256, description="Threads for GraphQL operations, per process.")
    live_threads: int = Field(
        default=2, ge=1, le=64, description="Threads that read what subscribers are told, per process."
    )
    live_connections: int = Field(
        default=5_000, ge=1, description="Live connections (websockets and event streams) at once, per process."
    )
    tenant_live_connections: int = Field(default=2_000, ge=1, description="Of these, of one tenant, per process.")
    person_live_connections: int = Field(default=50, ge=1, description="Of these, of one person, per process.")
    pool_size: int = Field(default=10, ge=1, le=200, description="Connections to each cell, per process.")
    reading: Literal["reader", "session", "fields"] = Field(
        default="reader",
        description="How queries are answered: by one statement (reader; session: by plain psycopg) or by fields.",
    )
    readers: int = Field(
        default=4, ge=1, le=200, description="Further connections to each cell, per process, for queries only."
    )
    backend_tenants: int = Field(default=64, ge=1, description="Distinct tenants after which a connection is replaced.")
    backend_minutes: float = Field(default=15, gt=0, description="Minutes after which a connection is replaced.")
    token_hours: float = Field(default=12, gt=0, description="How long a sign-in lasts, in hours.")
    session_hours: float = Field(
        default=12,
        gt=0,
        description="How long a session on the pages lasts, in hours, unless a tenant says less.",
    )
    access_minutes: float = Field(
        default=10, gt=0, le=60, description="How long an app's access token lasts, in minutes."
    )
    refresh_days: float = Field(default=30, gt=0, description="Days after which an unused refresh token ends.")
    person_rate: int = Field(
        default=6_000, ge=1, description="Points a person may spend in a minute: 1 an operation, 1 per 100 records."
    )
    tenant_rate: int = Field(default=60_000, ge=1, description="Points a tenant may spend in a minute, likewise.")
    app_rate: int = Field(
        default=6_000, ge=1, description="Points an app may spend in a minute in one tenant, likewise, for all people."
    )
    address_rate: int = Field(
        default=300, ge=1, description="Requests in a minute from one network address to the doors of signing in."
    )
    proxies: str = Field(
        default="",
        description="Addresses or networks of proxies whose X-Forwarded-For is believed, by commas; none: nobody's.",
    )
    max_body_kb: int = Field(default=1024, ge=1, description="Largest request body, in KiB.")
    files: str = Field(
        default="files", min_length=1, description="Where files are kept: a folder, or s3://bucket/prefix."
    )
    max_file_mb: int = Field(default=100, ge=1, le=2000, description="Largest file that may be sent, in MiB.")
    file_types: str = Field(
        default="*", min_length=1, description="Types of files that may be kept, such as `image/* application/pdf`."
    )
    file_types_refused: str = Field(
        default="application/x-msdownload application/x-executable",
        description="Types of files that are refused although the setting before allows them.",
    )
    upload_minutes: float = Field(default=60, gt=0, le=1440, description="Minutes in which an announced file is sent.")
    loose_file_days: float = Field(
        default=30, gt=0, description="Days after which a file that hangs on no record is removed."
    )
    tenant_file_gb: float = Field(
        default=50, ge=0, description="GiB of files that a tenant may keep, where its own limit says nothing else."
    )
    tenant_files: int = Field(default=1_000_000, ge=0, description="Files that a tenant may keep, likewise.")
    outside_allowed: str = Field(
        default="",
        description="Places, as host:port by spaces, that tenants may name though they lie in a network of one's own.",
    )
    nameservers: str = Field(
        default="",
        description="Name servers asked for TXT records of domains, as address:port by spaces; none: the machine's.",
    )
    smtp_url: SecretStr | None = Field(
        default=None,
        description="Mail server: smtps://user:password@host:465 or smtp://host:587; none: mails wait.",
    )
    mail_from: str = Field(
        default="Atrium <no-reply@localhost>", min_length=3, description="Whose name and address mails carry."
    )
    scanner: str | None = Field(
        default=None,
        description="Who looks for viruses: clamd:HOST:PORT, clamd:/SOCKET or a command; none: nobody.",
    )


@cache
def settings() -> Settings:
    """The settings of this process; BadConfig names each wrong variable."""
    try:
        return Settings()
    except ValidationError as error:
        wrong = "; ".join(f"SAAS_{str(e['loc'][0]).upper()}: {e['msg']}" for e in error.errors())
        raise BadConfig(f"Settings: {wrong}.", remedy="docs/settings.md lists every variable.") from None
