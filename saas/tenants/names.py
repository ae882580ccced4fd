"""What may be called what: slugs that people choose, schema and role names that nobody does."""

import re
from uuid import UUID

from saas.kit.errors import BadInput

_CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz"
_SCHEMA = re.compile(r"t_[0-9a-z]{26}")
_SLUG = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_CELL = re.compile(r"[a-z][a-z0-9_-]{0,30}")
_DATABASE = re.compile(r"[a-z_][a-z0-9_]{0,62}")


def schema_of(tenant_id: UUID) -> str:
    """The name of the tenant's schema, and of its role: opaque, the same for ever."""
    digits = (_CROCKFORD[tenant_id.int >> shift & 31] for shift in range(125, -1, -5))
    return "t_" + "".join(digits)


def quoted(schema: str) -> str:
    """A schema or role of a tenant as it is written into SQL; anything else is refused."""
    if not _SCHEMA.fullmatch(schema):
        raise BadInput(f"{schema!r} is not the name of a tenant's schema.")
    return f'"{schema}"'


def quoted_database(name: str) -> str:
    """The name of a database as it is written into SQL."""
    if not _DATABASE.fullmatch(name):
        raise BadInput(
            f"{name!r} cannot be the name of a database.",
            remedy="Use lower case letters, digits and underscores, at most 63.",
        )
    return f'"{name}"'


def is_slug(slug: str) -> bool:
    """Whether a tenant may be called so."""
    return 2 <= len(slug) <= 63 and _SLUG.fullmatch(slug) is not None


def checked_slug(slug: str) -> str:
    """`slug`, if people may call a tenant so."""
    if not is_slug(slug):
        raise BadInput(
            f"{slug!r} cannot be the slug of a tenant.",
            remedy="Use 2 to 63 lower case letters, digits and single hyphens, a letter first: acme-north.",
            path=("slug",),
        )
    return slug


def checked_cell(name: str) -> str:
    """`name`, if a cell may be called so."""
    if not _CELL.fullmatch(name):
        raise BadInput(
            f"{name!r} cannot be the name of a cell.",
            remedy="Use lower case letters, digits, hyphens and underscores, a letter first, at most 31: eu-1.",
        )
    return name
