"""Every table of the directory: whoever goes through all of them takes the metadata from here."""

from saas.tenants import identity_tables, oauth_tables, people_tables, sign_in_tables, sso_tables
from saas.tenants.directory_tables import metadata

DECLARED = (
    identity_tables,
    oauth_tables,
    people_tables,
    sign_in_tables,
    sso_tables,
)  # importing them declares their tables

__all__ = ["metadata"]
