"""After several failures one waits, twice as long each time. An address that nobody has locks alike.

While one waits, the right password is refused in the same words as a wrong one, and no try counts: so nobody learns
anything from locking, and nobody is locked for longer by tries in between.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, case, delete, func, literal, select, update
from sqlalchemy.dialects.postgresql import insert

from saas.kit.clock import now
from saas.kit.settings import settings
from saas.tenants.directory import AnyRow
from saas.tenants.directory_tables import person
from saas.tenants.membership import folded, is_address
from saas.tenants.sign_in_tables import unknown_address

ALLOWED = 5
LONGEST = timedelta(minutes=15)
# A day after the last failure the count begins anew.
FORGOTTEN = timedelta(days=1)
# Each failure of an unknown address takes this many old ones away, so that they do not pile up.
_SWEPT = 2


@dataclass(frozen=True, slots=True)
class Failures:
    """How often in a row it went wrong, and when last."""

    count: int
    last_at: datetime | None

    @property
    def wait(self) -> timedelta:
        """How long one must still wait; nothing where one may try."""
        if self.last_at is None or self.count < ALLOWED:
            return timedelta(0)
        return max(self.last_at + delay(self.count) - now(), timedelta(0))

    def since(self, span: timedelta) -> int:
        """How many there are, if the last one is no longer ago than this."""
        return self.count if self.last_at is not None and now() - self.last_at < span else 0


def delay(count: int) -> timedelta:
    """How long one waits after so many failures in a row."""
    return min(timedelta(seconds=2 ** min(count - ALLOWED + 1, 12)), LONGEST) if count >= ALLOWED else timedelta(0)


def failures_of(row: AnyRow) -> Failures:
    """The failures in a row that has `failures` and `failed_at`."""
    return Failures(row.failures or 0, row.failed_at)


def with_failures(email: str, *columns: Any) -> Any:
    """One row with these columns of the person with this address, or NULL, and with the failures of the address.

    It asks the same whether anybody has the address or not.
    """
    # What nobody can be called is not asked: Postgres takes no NUL, and half a character is none.
    address = folded(email) if is_address(email) else ""
    one = select(literal(1).label("one")).subquery()
    return select(
        *columns,
        func.coalesce(person.c.failures, unknown_address.c.failures).label("failures"),
        func.coalesce(person.c.failed_at, unknown_address.c.failed_at).label("failed_at"),
    ).select_from(
        one.outerjoin(person, person.c.email == address).outerjoin(
            unknown_address, person.c.id.is_(None) & (unknown_address.c.address_hash == _hash(email))
        )
    )


def count_failure(connection: Connection, person_id: UUID | None, email: str) -> None:
    """One more failure of this person, or of an address that nobody has."""
    moment = now()
    if person_id is not None:
        counted = _one_more(person.c.failures, person.c.failed_at, moment)
        changed = update(person).where(person.c.id == person_id)
        connection.execute(changed.values(failures=counted, failed_at=moment))
        return
    given = insert(unknown_address).values(address_hash=_hash(email), failures=1, failed_at=moment)
    counted = _one_more(unknown_address.c.failures, unknown_address.c.failed_at, moment)
    changes = {"failures": counted, "failed_at": moment}
    connection.execute(given.on_conflict_do_update(index_elements=["address_hash"], set_=changes))
    old = select(unknown_address.c.address_hash).where(unknown_address.c.failed_at < moment - FORGOTTEN)
    old = old.order_by(unknown_address.c.failed_at).limit(_SWEPT).with_for_update(skip_locked=True)
    connection.execute(delete(unknown_address).where(unknown_address.c.address_hash.in_(old)))


def forget_failures(connection: Connection, person_id: UUID) -> None:
    """The person showed who they are, wholly."""
    some = update(person).where(person.c.id == person_id, person.c.failures > 0)
    connection.execute(some.values(failures=0, failed_at=None))


def failures_of_person(connection: Connection, person_id: UUID) -> Failures:
    """The person's failures, for a step after the password such as a second factor."""
    query = select(person.c.failures, person.c.failed_at).where(person.c.id == person_id)
    found = connection.execute(query).one_or_none()
    return Failures(0, None) if found is None else failures_of(found)


def _one_more(count: Any, last_at: Any, moment: datetime) -> Any:
    return case((last_at < moment - FORGOTTEN, 1), else_=count + 1)


def _hash(email: str) -> bytes:
    key = settings().secret.get_secret_value().encode()
    return hmac.new(key, b"unknown " + folded(email).encode("utf-8", "surrogatepass"), hashlib.sha256).digest()
