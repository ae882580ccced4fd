"""When the letters of a picture are asked for before a password is looked at.

It is told by the domain of the address and by failures, never by the person: else the picture would tell who is there.
A domain is as strict as the strictest tenant of anybody in it; one that nobody has is as the default policy says.
"""

from collections import OrderedDict
from datetime import datetime, timedelta
from threading import Lock
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from saas.kit.clock import now
from saas.tenants.directory import directory, rows
from saas.tenants.directory_tables import membership, person
from saas.tenants.identity.lockout import Failures
from saas.tenants.identity.policy import DEFAULT, Captcha
from saas.tenants.identity_tables import sign_in_policy
from saas.tenants.membership import folded, is_address
from saas.tenants.sign_in_tables import used_captcha

AFTER = 3
# So long after the last failure nobody is asked any more: a way for those who cannot read the picture.
FOR = timedelta(minutes=15)
_FRESH = timedelta(minutes=1)
_MOST_REMEMBERED = 2_000
_STRICTEST_FIRST = (Captcha.ALWAYS, Captcha.AFTER_FAILURES, Captcha.NEVER)
_SWEPT = 2


def is_captcha_needed(email: str, failures: Failures) -> bool:
    """Whether a try with this address needs the letters of a picture."""
    demanded = _demands.of(folded(email).rpartition("@")[2] if is_address(email) else "")
    if demanded is Captcha.AFTER_FAILURES:
        return failures.since(FOR) >= AFTER
    return demanded is Captcha.ALWAYS


def use_captcha(id_: UUID, until: datetime) -> bool:
    """Count the answer to this picture, which is good until then; False where it was counted before."""
    old = select(used_captcha.c.id).where(used_captcha.c.until < now()).order_by(used_captcha.c.until)
    old = old.limit(_SWEPT).with_for_update(skip_locked=True)
    with directory() as connection:
        connection.execute(delete(used_captcha).where(used_captcha.c.id.in_(old)))
        counted = insert(used_captcha).values(id=id_, until=until).on_conflict_do_nothing().returning(used_captcha.c.id)
        return connection.execute(counted).one_or_none() is not None


def forget_demands() -> None:
    """Ask the directory again about every domain."""
    _demands.clear()


class _Demands:
    """What the domains asked for last demand; at most a minute old."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._known: OrderedDict[str, tuple[datetime, Captcha]] = OrderedDict()

    def of(self, domain: str) -> Captcha:
        moment = now()
        with self._lock:
            known = self._known.get(domain)
        if known is not None and timedelta(0) <= moment - known[0] < _FRESH:
            return known[1]
        demanded = _ask(domain)
        with self._lock:
            self._known[domain] = (moment, demanded)
            self._known.move_to_end(domain)
            if len(self._known) > _MOST_REMEMBERED:
                self._known.popitem(last=False)
        return demanded

    def clear(self) -> None:
        with self._lock:
            self._known.clear()


_demands = _Demands()


def _ask(domain: str) -> Captcha:
    query = (
        select(func.coalesce(sign_in_policy.c.rules["captcha"].astext, DEFAULT.captcha.value).label("captcha"))
        .select_from(person)
        .join(membership, membership.c.person_id == person.c.id)
        .outerjoin(sign_in_policy, sign_in_policy.c.tenant_id == membership.c.tenant_id)
        .where(func.split_part(person.c.email, "@", 2) == domain, membership.c.ended_at.is_(None))
        .distinct()
    )
    found = {row.captcha for row in rows(query)} or {DEFAULT.captcha.value}
    return next(each for each in _STRICTEST_FIRST if each.value in found)
