"""What a tenant demands of those who sign in to it. A person of several tenants meets the strictest of each rule."""

from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import insert

from saas.kit.clock import now
from saas.tenants.directory import rows
from saas.tenants.identity_tables import sign_in_policy

NumberT = TypeVar("NumberT", int, float)


class Captcha(StrEnum):
    """When the sign-in page asks for the letters of a picture."""

    NEVER = "never"
    AFTER_FAILURES = "after_failures"
    ALWAYS = "always"


@dataclass(frozen=True, slots=True)
class Policy:
    """The rules of sign-ins.

    password_length   least characters (8 to 64)
    password_classes  of small letters, capitals, digits and others, how many kinds must be there (1 to 4)
    password_history  how many former passwords may not come back (0 to 24)
    password_days     days after which a new password is due; None: never
    password_allowed  False: only through the tenant's own identity provider
    captcha           when the letters of a picture are asked for
    second_factor     True: whoever signs in by password needs a second factor
    session_hours     longest session on the pages, in hours; None: as the operator says
    idle_minutes      minutes without use after which a session ends; None: never
    """

    password_length: int = 8
    password_classes: int = 1
    password_history: int = 0
    password_days: int | None = None
    password_allowed: bool = True
    captcha: Captcha = Captcha.AFTER_FAILURES
    second_factor: bool = False
    session_hours: float | None = None
    idle_minutes: int | None = None

    def as_json(self) -> dict[str, Any]:
        """As it is kept."""
        return asdict(self)


DEFAULT = Policy()
_NAMES = frozenset(field.name for field in fields(Policy))
_CAPTCHAS = list(Captcha)


def policy_of(tenant_id: UUID) -> Policy:
    """The tenant's policy; the default where it never set one."""
    return policies_of([tenant_id])[tenant_id]


def policies_of(tenant_ids: Collection[UUID]) -> dict[UUID, Policy]:
    """The policies of several tenants."""
    found = rows(select(sign_in_policy).where(sign_in_policy.c.tenant_id.in_(tenant_ids)))
    return dict.fromkeys(tenant_ids, DEFAULT) | {row.tenant_id: policy_from(row.rules) for row in found}


def strictest(policies: Iterable[Policy]) -> Policy:
    """Of each rule the strictest, as for the password of a person who belongs to all of these tenants.

    Whether a password is allowed at all is each tenant's own matter: it is, where any of them allows it.
    """
    every = list(policies) or [DEFAULT]
    return Policy(
        password_length=max(one.password_length for one in every),
        password_classes=max(one.password_classes for one in every),
        password_history=max(one.password_history for one in every),
        password_days=_least(one.password_days for one in every),
        password_allowed=any(one.password_allowed for one in every),
        captcha=max((one.captcha for one in every), key=_CAPTCHAS.index),
        second_factor=any(one.second_factor for one in every),
        session_hours=_least(one.session_hours for one in every),
        idle_minutes=_least(one.idle_minutes for one in every),
    )


def policy_locked(connection: Connection, tenant_id: UUID) -> Policy:
    """The tenant's policy, which nobody else changes before this transaction ends."""
    query = select(sign_in_policy.c.rules).where(sign_in_policy.c.tenant_id == tenant_id).with_for_update()
    found = connection.execute(query).one_or_none()
    return DEFAULT if found is None else policy_from(found.rules)


def policy_set(connection: Connection, tenant_id: UUID, policy: Policy) -> None:
    """Make this the tenant's policy."""
    values = {"tenant_id": tenant_id, "rules": policy.as_json(), "updated_at": now()}
    given = insert(sign_in_policy).values(values)
    connection.execute(given.on_conflict_do_update(index_elements=["tenant_id"], set_=values))


def policy_from(rules: dict[str, Any]) -> Policy:
    """The policy as it is kept; what it does not name is as the default says."""
    known = {name: value for name, value in rules.items() if name in _NAMES}
    return Policy(**known | ({"captcha": Captcha(known["captcha"])} if "captcha" in known else {}))


def _least(values: Iterable[NumberT | None]) -> NumberT | None:
    return min((value for value in values if value is not None), default=None)
