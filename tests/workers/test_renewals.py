"""The leases of outside calls: one whose row is locked, or whose cell has a fault, takes none of the others with it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from threading import Event

import pytest
import sqlalchemy as sa

from saas.engine.scope import open_scope
from saas.workers import leases
from saas.workers.leases import Held
from saas.workers.renewals import Renewals
from tests.workers.doings import letter_send
from tests.workers.place import Place, eventually

LEASE = 1.0


@pytest.fixture
def held(place: Place) -> list[Held]:
    """Two jobs in the hands of one worker."""
    ids = [place.later(letter_send, name=name) for name in ("one", "two")]
    assert set(place.claim()) == set(ids)
    return [leases.hold(place.cell, place.acme.id, [id_], f"a worker:{id_}", LEASE)[0] for id_ in ids]


def until(place: Place, held: Held) -> datetime:
    (row,) = [row for row in place.jobs() if row.id == held.id]
    end: datetime = row.lease_until
    return end


@contextmanager
def locked(place: Place, held: Held) -> Iterator[None]:
    """As by a transaction that is at the job for long."""
    with open_scope(place.acme, None, write=True) as scope:
        scope.session.execute(sa.text("SELECT FROM platform.job WHERE id = :id FOR UPDATE"), {"id": held.id})
        yield


def test_a_row_that_is_locked_holds_up_no_other_lease(place: Place, held: list[Held]) -> None:
    first, second = held
    renewals = Renewals(LEASE)
    before = until(place, first), until(place, second)
    with locked(place, first), renewals.of(place.cell, first), renewals.of(place.cell, second):
        eventually(lambda: until(place, second) > before[1])
        assert until(place, first) == before[0]
    with renewals.of(place.cell, first):
        eventually(lambda: until(place, first) > before[0])


def test_a_fault_with_one_ends_the_lease_of_no_other(
    place: Place, held: list[Held], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = held
    keep, tried = leases.keep, Event()

    def stumble(cell: sa.Engine, one: Held, lease: float) -> None:
        if one is first:
            tried.set()
            raise ValueError
        keep(cell, one, lease)

    monkeypatch.setattr(leases, "keep", stumble)
    renewals = Renewals(LEASE)
    before = until(place, second)
    with renewals.of(place.cell, first), renewals.of(place.cell, second):
        eventually(lambda: until(place, second) > before)
    assert tried.is_set()
