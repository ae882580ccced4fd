"""Which installation a process belongs to, so that API and workers notice where they do not share their servers."""

import hashlib

import sqlalchemy as sa

from saas.tenants.directory import rows

_WHO = sa.text("""
    SELECT (SELECT system_identifier::text FROM pg_control_system()) AS cluster,
           (SELECT oid::text FROM pg_database WHERE datname = current_database()) AS database
""")


def installation() -> str:
    """A short fingerprint of the directory: of the cluster and the database, however their address is written."""
    (found,) = rows(_WHO)
    return hashlib.sha256(f"{found.cluster} {found.database}".encode()).hexdigest()[:16]
