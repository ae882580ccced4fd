"""The keys that sign tokens: one signs at a time, the next is published before it does, the former while they count."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from threading import Lock
from typing import Any

from joserfc.jwk import RSAKey
from sqlalchemy import Connection, select, text

from saas.kit.clock import now
from saas.kit.vault import opened, sealed
from saas.tenants.directory import directory, rows
from saas.tenants.identity_tables import signing_key

ALGORITHM = "RS256"
SIGNS = timedelta(days=30)
# Published this long before it signs, so that whoever keeps our keys in a cache has it in time.
BEFORE = timedelta(days=1)
# Known this long after it signed last: longer than any token lasts.
AFTER = timedelta(days=2)
_PURPOSE = signing_key.c.private.info["sealed"]
_FRESH = timedelta(seconds=60)
_LOCK = 0x61_74_72_69_75_6D  # "atrium", for one who makes a key at a time


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys as they were at a moment: the one that signs, and all that are published, by id."""

    signing: RSAKey
    published: dict[str, RSAKey]
    asked_at: datetime
    next_at: datetime


class _Kept:
    def __init__(self) -> None:
        self.lock = Lock()
        self.keys: Keys | None = None


_kept = _Kept()


def keys() -> Keys:
    """The keys of this installation, asked for at most once a minute; the first and each next one are made here."""
    moment = now()
    known = _kept.keys
    if known is not None and timedelta(0) <= moment - known.asked_at < _FRESH and moment < known.next_at:
        return known
    with _kept.lock:
        _kept.keys = _read(moment)
        return _kept.keys


def key_named(id_: str) -> RSAKey | None:
    """A published key; one that is not known yet is looked for at most once a minute."""
    return keys().published.get(id_)


def forget_keys() -> None:
    """Ask for the keys again."""
    _kept.keys = None


def published() -> list[dict[str, Any]]:
    """The public halves, as RFC 7517 has them."""
    return [
        {**key.as_dict(private=False), "kid": id_, "use": "sig", "alg": ALGORITHM}
        for id_, key in sorted(keys().published.items())
    ]


def _read(moment: datetime) -> Keys:
    found = _known(moment)
    if not found or found[-1].signs_until - moment <= BEFORE:
        with directory() as connection:
            _make_next(connection, moment)
        found = _known(moment)
    signs = next(row for row in found if row.signs_from <= moment < row.signs_until)
    return Keys(
        signing=_key(signs.id, signs.private),
        published={row.id: _key(row.id, row.private) for row in found},
        asked_at=moment,
        next_at=signs.signs_until,
    )


def _known(moment: datetime) -> list[Any]:
    return list(rows(select(signing_key).where(signing_key.c.known_until > moment).order_by(signing_key.c.signs_from)))


def _make_next(connection: Connection, moment: datetime) -> None:
    """The next key, unless another process was quicker."""
    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    last = connection.execute(select(signing_key.c.signs_until).order_by(signing_key.c.signs_until.desc())).scalar()
    if last is not None and last - moment > BEFORE:
        return
    begins = max(last, moment) if last is not None else moment
    key = RSAKey.generate_key(2048, private=True)
    id_ = key.thumbprint()
    connection.execute(
        signing_key.insert().values(
            id=id_,
            algorithm=ALGORITHM,
            private=sealed(json.dumps(key.as_dict(private=True)).encode(), _PURPOSE),
            public=key.as_dict(private=False),
            signs_from=begins,
            signs_until=begins + SIGNS,
            known_until=begins + SIGNS + AFTER,
            created_at=moment,
        )
    )


@lru_cache(maxsize=16)
def _key(id_: str, private: bytes) -> RSAKey:
    return RSAKey.import_key(json.loads(opened(private, _PURPOSE)), {"kid": id_})
