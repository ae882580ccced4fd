"""A person's second factor: one-time passwords of an app (RFC 6238), and ten recovery codes for when it is lost.

A code is taken once, also within its 30 seconds. Wrong ones are counted here too, besides the count of wrong passwords:
a session that waits for its code is made to wait longer and longer.
"""

import hmac
import math
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

import pyotp
from sqlalchemy import Connection, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from saas.kit.clock import now
from saas.kit.errors import RateLimited
from saas.kit.text import normal
from saas.kit.vault import opened, sealed
from saas.tenants.directory import AnyRow, rows
from saas.tenants.identity.hashes import hash_of
from saas.tenants.people_tables import recovery_code, second_factor

PURPOSE = second_factor.c.secret.info["sealed"]
Method = Literal["otp", "recovery"]
_STEP, _DRIFT = 30, 1
_CODES, _LETTERS = 10, "ABCDEFGHJKMNPQRSTUVWXYZ23456789"  # none that are taken for one another
_FREE, _LONGEST_WAIT = 5, timedelta(minutes=15)
_OTP, _RECOVERY = re.compile(r"[0-9]{6}"), re.compile(rf"[{_LETTERS}]{{16}}")


class WaitForCode(RateLimited):
    """Too many codes were wrong: the next one is looked at in `seconds`."""

    def __init__(self, seconds: int) -> None:
        super().__init__("Too many codes were wrong.", remedy=f"Wait {seconds} seconds, then try once more.")
        self.seconds = seconds


@dataclass(frozen=True, slots=True)
class SecondFactor:
    """How a person's second factor stands; `codes_left` recovery codes are unused."""

    is_on: bool
    codes_left: int


def has_second_factor(person_id: UUID) -> bool:
    """Whether the person has set one up."""
    return second_factor_of(person_id).is_on


def second_factor_of(person_id: UUID) -> SecondFactor:
    """How it stands."""
    left = select(func.count()).where(recovery_code.c.person_id == person_id, recovery_code.c.used_at.is_(None))
    query = select(left.scalar_subquery()).where(
        second_factor.c.person_id == person_id, second_factor.c.confirmed_at.is_not(None)
    )
    found = rows(query)
    return SecondFactor(bool(found), found[0][0] if found else 0)


def with_second_factor(person_ids: list[UUID]) -> set[UUID]:
    """Those of these people who have one."""
    query = select(second_factor.c.person_id).where(
        second_factor.c.person_id.in_(person_ids), second_factor.c.confirmed_at.is_not(None)
    )
    return {row.person_id for row in rows(query)}


def second_factor_begin(connection: Connection, person_id: UUID) -> str:
    """The key (base32) of the factor that the person is setting up; the same until it is confirmed."""
    fresh = insert(second_factor).values(
        person_id=person_id,
        secret=sealed(pyotp.random_base32().encode(), PURPOSE),
        last_step=0,
        failures=0,
        created_at=now(),
    )
    connection.execute(fresh.on_conflict_do_nothing(index_elements=["person_id"]))
    row = _locked(connection, person_id)
    return "" if row is None or row.confirmed_at is not None else _key(row)


def address_for_apps(key: str, email: str) -> str:
    """What an app reads from a picture: the key, and whose it is."""
    return pyotp.TOTP(key).provisioning_uri(name=email, issuer_name="Atrium")


def second_factor_confirm(connection: Connection, person_id: UUID, code: str) -> list[str] | None:
    """Turn it on, as its app shows this code; the recovery codes, which are shown now and never again.

    None where the code is wrong, or there is nothing to confirm. WaitForCode after several wrong ones.
    """
    row = _locked(connection, person_id)
    if row is None or row.confirmed_at is not None or not _takes(connection, row, code):
        return None
    confirmed = update(second_factor).where(second_factor.c.person_id == person_id).values(confirmed_at=now())
    connection.execute(confirmed)
    return recovery_codes_renew(connection, person_id)


def recovery_codes_renew(connection: Connection, person_id: UUID) -> list[str]:
    """Ten new recovery codes; former ones are worthless."""
    codes = ["".join(secrets.choice(_LETTERS) for _ in range(16)) for _ in range(_CODES)]
    connection.execute(delete(recovery_code).where(recovery_code.c.person_id == person_id))
    kept = [{"person_id": person_id, "code_hash": _code_hash(person_id, code)} for code in codes]
    connection.execute(insert(recovery_code), kept)
    return ["-".join(code[start : start + 4] for start in range(0, 16, 4)) for code in codes]


def second_factor_is_right(connection: Connection, person_id: UUID, code: str) -> Method | None:
    """Whether this code is the person's, and of which kind; it is used up by that. None where it is wrong.

    WaitForCode after several wrong ones: then it was not looked at. The caller commits also where it is wrong.
    """
    row = _locked(connection, person_id)
    if row is None or row.confirmed_at is None:
        return None
    if _takes(connection, row, code, failing=False):
        return "otp"
    used = (
        update(recovery_code)
        .where(
            recovery_code.c.person_id == person_id,
            recovery_code.c.code_hash == _code_hash(person_id, _plain(code)),
            recovery_code.c.used_at.is_(None),
        )
        .values(used_at=now())
    )
    is_one = _RECOVERY.fullmatch(_plain(code)) is not None
    if is_one and connection.execute(used.returning(recovery_code.c.person_id)).one_or_none() is not None:
        _count(connection, row, failures=0)
        return "recovery"
    _count(connection, row, failures=row.failures + 1)
    return None


def second_factor_end(connection: Connection, person_id: UUID) -> None:
    """Turn it off."""
    connection.execute(delete(recovery_code).where(recovery_code.c.person_id == person_id))
    connection.execute(delete(second_factor).where(second_factor.c.person_id == person_id))


def _locked(connection: Connection, person_id: UUID) -> AnyRow | None:
    query = select(second_factor).where(second_factor.c.person_id == person_id).with_for_update()
    return connection.execute(query).one_or_none()


def _takes(connection: Connection, row: AnyRow, code: str, *, failing: bool = True) -> bool:
    """Whether the app shows this code now, a step ago or in a step; once. A wrong one counts where `failing`."""
    moment = now()
    _check_patience(row, moment)
    given, totp = _plain(code), pyotp.TOTP(_key(row))
    step = int(moment.timestamp()) // _STEP
    found = 0
    for each in range(step - _DRIFT, step + _DRIFT + 1):
        # Every step is compared, so the time tells nothing of which it was.
        if hmac.compare_digest(totp.generate_otp(each).encode(), given.encode()) and each > row.last_step:
            found = each
    if found and _OTP.fullmatch(given):
        _count(connection, row, failures=0, last_step=found)
        return True
    if failing:
        _count(connection, row, failures=row.failures + 1)
    return False


def _check_patience(row: AnyRow, moment: datetime) -> None:
    if row.failures < _FREE or row.failed_at is None:
        return
    wait = min(timedelta(seconds=5 * 2 ** min(row.failures - _FREE, 20)), _LONGEST_WAIT)
    left = (row.failed_at + wait - moment).total_seconds()
    if left > 0:
        raise WaitForCode(math.ceil(left))


def _count(connection: Connection, row: AnyRow, *, failures: int, **more: int) -> None:
    values = {"failures": failures, "failed_at": now() if failures else None, **more}
    connection.execute(update(second_factor).where(second_factor.c.person_id == row.person_id).values(**values))


def _key(row: AnyRow) -> str:
    return opened(row.secret, PURPOSE).decode()


def _plain(code: str) -> str:
    """The code without what people put between its signs, in the letters that it has."""
    return re.sub(r"[\s-]", "", normal("NFKC", code[:100])).upper()


def _code_hash(person_id: UUID, code: str) -> bytes:
    return hash_of(f"{person_id} {code}")
