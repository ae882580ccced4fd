"""Which installation a process belongs to, so that API and workers notice where they do not share their servers."""

import hashlib
from functools import cache

import psycopg

from saas.kit.settings import settings
from saas.tenants.database import APP, answering, login

_WHO = """
    SELECT (SELECT system_identifier::text FROM pg_control_system()),
           (SELECT oid::text FROM pg_database WHERE datname = current_database())
"""


def installation() -> str:
    """A short fingerprint of the directory: of its cluster and database, however their address is written."""
    return _fingerprint(settings().directory_dsn)


@cache
def _fingerprint(dsn: str) -> str:
    url = login(dsn, APP)
    told = url.set(drivername="postgresql").render_as_string(hide_password=False)
    # A connection of its own, as this is asked before a server forks: what it counts must not begin here.
    with answering("the directory", url), psycopg.connect(told, connect_timeout=3, prepare_threshold=None) as driver:
        found = driver.execute(_WHO).fetchone()
    return hashlib.sha256(repr(found).encode()).hexdigest()[:16]
