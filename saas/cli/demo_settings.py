"""The SAAS_* settings of a demo: those of its own servers, or those that were given."""

import os
import secrets
import shlex
from collections.abc import Mapping
from pathlib import Path

from saas.cli.embedded.ports import LOOPBACK
from saas.cli.embedded.servers import Servers
from saas.kit.settings import settings

_SECRETS = ("SAAS_SECRET", "SAAS_APP_PASSWORD", "SAAS_OWNER_PASSWORD", "SAAS_DISPATCHER_PASSWORD")
_FOR_OPERATORS = ("SAAS_OWNER_PASSWORD", "SAAS_ADMIN_DSN")


def settle(running: Servers, port: int | None = None) -> dict[str, str]:
    """Settle the settings, for this process too, and return the whole environment of an operator."""
    if running.versions:
        os.environ.update(_of_own_servers(running))
    if port is not None:
        os.environ.setdefault("SAAS_PUBLIC_URL", f"http://{LOOPBACK}:{port}")
    settings.cache_clear()
    return dict(os.environ)


def for_processes(environment: Mapping[str, str]) -> dict[str, str]:
    """What the API and the worker get: nothing that owns tables, as in production."""
    return {name: value for name, value in environment.items() if name not in _FOR_OPERATORS}


def write_settings(file: Path, environment: Mapping[str, str]) -> None:
    """For people: `source` it, and every `saas` command works on this demo."""
    file.touch(mode=0o600)
    chosen = sorted((name, value) for name, value in environment.items() if name.startswith("SAAS_"))
    file.write_text("".join(f"export {name}={shlex.quote(value)}\n" for name, value in chosen))


def _of_own_servers(running: Servers) -> dict[str, str]:
    kept = running.remembered.settings
    if set(_SECRETS) - set(kept):
        running.remember(**{name: kept.get(name) or secrets.token_urlsafe(32) for name in _SECRETS})
    return {
        **{name: kept[name] for name in _SECRETS},
        "SAAS_DIRECTORY_DSN": f"postgresql://127.0.0.1:{running.remembered.postgres_port}/atrium_directory",
        "SAAS_REDIS_URL": running.redis_url,
        "SAAS_ADMIN_DSN": running.admin_dsn,
        "SAAS_ENVIRONMENT": "demo",
        "SAAS_LOG_FORMAT": "console",
        "SAAS_FILES": str(running.folder.path / "files"),
    }
