"""Domains of mail that a tenant has shown to be its own, by a TXT record that only their owner can set.

A provider vouches only for addresses in such domains; a domain is one tenant's at most. What anybody gets an address
in, such as gmail.com, is nobody's.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib import resources
from typing import Any
from uuid import UUID

from sqlalchemy import Connection as Transaction
from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError

from saas.gateways.name_server import txt_records
from saas.kit.clock import now
from saas.kit.errors import BadInput
from saas.tenants.directory import rows
from saas.tenants.identity.hashes import new_secret
from saas.tenants.membership import folded, is_address
from saas.tenants.sso_tables import verified_domain

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = re.compile(rf"(?:{_LABEL}\.)+[a-z](?:[a-z0-9-]{{0,61}}[a-z0-9])")
_LONGEST = 253
_PREFIX = "atrium-domain="


@dataclass(frozen=True, slots=True)
class Domain:
    """A domain that a tenant claims. `verified_at`: since when it has been its own; None: not yet.

    record_name   where its TXT record belongs
    record_value  what that record says
    """

    domain: str
    token: str
    verified_at: datetime | None
    created_at: datetime

    @property
    def record_name(self) -> str:
        return f"_atrium.{self.domain}"

    @property
    def record_value(self) -> str:
        return _PREFIX + self.token


def domain_from(given: str) -> str:
    """A domain as it is compared; BadInput where it is none, or one in which anybody gets an address."""
    try:
        name = folded(given).rstrip(".").encode("idna").decode("ascii")
    except UnicodeError:
        name = ""
    if len(name) > _LONGEST or not _DOMAIN.fullmatch(name):
        raise BadInput(f"{given[:100]!r} is no domain.", remedy="Write it as acme.example.", path=("domain",))
    if name in _public():
        raise BadInput(f"In {name} anybody gets an address.", remedy="Claim your own domain.", path=("domain",))
    return name


def domain_of(email: str) -> str | None:
    """The domain of an address; None where it has none that could be claimed."""
    if not is_address(email):
        return None
    try:
        return domain_from(folded(email).partition("@")[2])
    except BadInput:
        return None


def domains(tenant_id: UUID) -> list[Domain]:
    """What the tenant claims, by name."""
    mine = verified_domain.c.tenant_id == tenant_id
    return [_domain(row) for row in rows(select(verified_domain).where(mine).order_by(verified_domain.c.domain))]


def domain_claim(transaction: Transaction, tenant_id: UUID, domain: str) -> Domain:
    """Begin to show that the domain is the tenant's; claimed already, the same record as before is told."""
    values = {"tenant_id": tenant_id, "domain": domain, "token": new_secret(), "created_at": now()}
    given = insert(verified_domain).values(values)
    transaction.execute(given.on_conflict_do_nothing(index_elements=["tenant_id", "domain"]))
    found = domain_in(transaction, tenant_id, domain)
    if found is None:
        raise BadInput(f"{domain} was given up at this moment.", remedy="Try once more.", path=("domain",))
    return found


def domain_in(transaction: Transaction, tenant_id: UUID, domain: str) -> Domain | None:
    """The tenant's claim, held against changes until the transaction ends."""
    mine = verified_domain.c.tenant_id == tenant_id, verified_domain.c.domain == domain
    row = transaction.execute(select(verified_domain).where(*mine).with_for_update()).one_or_none()
    return None if row is None else _domain(row)


def is_record_set(claim: Domain) -> bool:
    """Whether name servers tell the claim's record; Unavailable where none answers."""
    return claim.record_value in {each.strip() for each in txt_records(claim.record_name)}


def domain_verified(transaction: Transaction, tenant_id: UUID, domain: str) -> bool:
    """Make the claimed domain the tenant's own; False where it is another tenant's."""
    mine = verified_domain.c.tenant_id == tenant_id, verified_domain.c.domain == domain
    try:
        with transaction.begin_nested():
            transaction.execute(update(verified_domain).where(*mine).values(verified_at=now()))
    except IntegrityError:
        return False
    return True


def domain_delete(transaction: Transaction, tenant_id: UUID, domain: str) -> bool:
    """Give the domain up; False where it was not claimed."""
    mine = verified_domain.c.tenant_id == tenant_id, verified_domain.c.domain == domain
    return bool(transaction.execute(delete(verified_domain).where(*mine)).rowcount)


def is_own_address(transaction: Transaction, tenant_id: UUID, email: str) -> bool:
    """Whether the address is in a domain that the tenant has shown to be its own."""
    domain = domain_of(email)
    own = verified_domain.c.tenant_id == tenant_id, verified_domain.c.verified_at.is_not(None)
    query = select(verified_domain.c.domain).where(*own, verified_domain.c.domain == domain)
    return domain is not None and transaction.execute(query).first() is not None


def _domain(row: Any) -> Domain:
    return Domain(row.domain, row.token, row.verified_at, row.created_at)


@cache
def _public() -> frozenset[str]:
    lines = (resources.files(__package__ or "") / "public_mail_domains.txt").read_text("utf-8").split("\n")
    return frozenset(line for line in lines if line and not line.startswith("#"))
