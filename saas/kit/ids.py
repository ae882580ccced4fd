"""Ids that tell their object: time-ordered UUIDs (version 8, RFC 9562) with a 12-bit object code inside.

48 bits   milliseconds since 1970, as in UUIDv7
 4 bits   version: 8
12 bits   code of the object (`Facts(code=…)`); 0x700-0x7FF the platform's own, 0x800-0xFFF custom objects
 2 bits   variant
20 bits   the fraction of the millisecond, so that ids made in a row stay in order
42 bits   random
"""

import itertools
import os
import re
import secrets
import time
from datetime import datetime, timedelta
from uuid import UUID

from saas.kit.errors import BadInput

# Codes of the platform's own things, which are no business objects.
IMPORT_RUN, AUDIT, JOB, TENANT, PERSON, MEMBERSHIP, SIGN_IN, REQUEST, FILE, EXPORT_RUN = range(0x701, 0x70B)
IMPORT_MAPPING = 0x70B
SESSION, ACT, APP, INSTALLATION, AUTHORIZATION, APP_IDENTITY, CONNECTION, LINK, SIGN_IN_ENTRY = range(0x70C, 0x715)
FORMER_PASSWORD, CAPTCHA = 0x720, 0x721
NOTIFICATION = 0x730
WEBHOOK, WEBHOOK_DELIVERY, WEBHOOK_ATTEMPT = range(0x740, 0x743)

MAX_CLOCK_SKEW = timedelta(hours=24)
_USUAL = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_OLDEST_MS = 1_577_836_800_000  # 2020-01-01: an older client clock is broken


def new_id(code: int) -> UUID:
    """A fresh id for an object with this code."""
    nanoseconds = time.time_ns()
    milliseconds, rest = divmod(nanoseconds, 1_000_000)
    fraction = (rest << 20) // 1_000_000
    return UUID(int=milliseconds << 80 | 0x8 << 76 | code << 64 | 0b10 << 62 | fraction << 42 | secrets.randbits(42))


class _RequestIds:
    """Ids of requests: for logs, so they need not be hard to guess, and one costs no call of the system."""

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """Each process has a middle of its own, and counts."""
        group = 0b10 << 14 | secrets.randbits(14)
        self._middle = f"8{REQUEST:03x}-{group:04x}-{secrets.token_hex(2)}"
        self._count = itertools.count(1)

    def new(self) -> str:
        milliseconds = time.time_ns() // 1_000_000
        begins = f"{milliseconds >> 16:08x}-{milliseconds & 0xFFFF:04x}"
        return f"{begins}-{self._middle}{next(self._count) & 0xFFFFFFFF:08x}"


_request_ids = _RequestIds()
os.register_at_fork(after_in_child=_request_ids.begin)


def new_request_id() -> str:
    """A fresh id for a request, as text."""
    return _request_ids.new()


def parse_id(given: str | UUID) -> UUID:
    """The id that a client wrote; BadInput where it is none."""
    try:
        return given if isinstance(given, UUID) else UUID(given)
    except ValueError:
        raise BadInput(f"{str(given)[:60]!r} is no id.", remedy="An id is a UUID, as answers give it.") from None


def id_text(given: str) -> str:
    """The id that a client wrote, as text in the usual form; BadInput where it is none."""
    return given if _USUAL.fullmatch(given) else str(parse_id(given))


def code_of(id_: UUID) -> int | None:
    """The object code inside `id_`, or None where its layout is not ours."""
    return (id_.int >> 64) & 0xFFF if id_.version == 8 else None


def moment_ms(id_: UUID) -> int:
    """When the id was made, in milliseconds since 1970."""
    return id_.int >> 80


def first_at(moment: datetime) -> UUID:
    """Not later than any id that was made at this moment: to compare with."""
    return UUID(int=int(moment.timestamp() * 1000) << 80)


def check_client_id(id_: UUID, code: int, now: datetime) -> None:
    """Refuse (BadInput) an id from a client that has the wrong layout, the wrong object or an insane clock."""
    if code_of(id_) != code:
        raise BadInput(
            f"{id_} is not an id for this object.",
            remedy=f"Make a version-8 UUID with the object code 0x{code:03x}, or leave the id out.",
        )
    made = moment_ms(id_)
    latest = (now + MAX_CLOCK_SKEW).timestamp() * 1000
    if not _OLDEST_MS <= made <= latest:
        raise BadInput(f"{id_} carries an impossible time.", remedy="Set the clock of the device.")
