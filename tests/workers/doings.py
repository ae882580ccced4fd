"""Jobs of the newer kinds for the tests: outside calls with an other side that can be looked into, and batches."""

import time
from collections import Counter
from pathlib import Path
from threading import Event
from uuid import UUID

import sqlalchemy as sa

from saas.engine.jobs import OUTSIDE, Again, NotDone, job
from saas.engine.scope import Scope
from saas.kit.errors import Conflict, Unavailable
from tests.workers.marks import set_mark


class OtherSide:
    """What the outside world has been asked, and how it behaves."""

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()
        self.looked_up = 0
        self.fault: Exception | None = None
        self.begun, self.may_go_on = Event(), Event()
        self.may_go_on.set()
        self.rounds = 0  # of which `done` wants one more

    def __call__(self, request: str, key: str) -> str:
        self.begun.set()
        assert self.may_go_on.wait(20)
        if self.fault is not None:
            raise self.fault
        self.calls[key] += 1
        return f"{request} answered"

    def look_up(self, _request: str, key: str) -> str | NotDone:
        self.looked_up += 1
        return "found" if self.calls[key] else NotDone()


other_side = OtherSide()


def call(request: str, key: str) -> str:
    return other_side(request, key)


def look_up(request: str, key: str) -> str | NotDone:
    return other_side.look_up(request, key)


def done(scope: Scope, result: str, name: str) -> Again | None:
    set_mark(scope, f"{name}: {result}")
    if name == "stumble" and other_side.rounds:
        raise ValueError
    if other_side.rounds:
        other_side.rounds -= 1
        return Again(after=0)
    return None


@job(kind=OUTSIDE, queue="interactive", attempts=3, call=call, done=done, look_up=look_up)
def parcel_send(scope: Scope, name: str) -> str | None:
    """Can be looked up."""
    return f"parcel {name}" if name else None


@job(kind=OUTSIDE, queue="interactive", attempts=3, call=call, done=done, repeatable=True)
def letter_send(scope: Scope, name: str) -> str:
    """The other side does a key once."""
    return f"letter {name}"


@job(kind=OUTSIDE, queue="interactive", attempts=3, call=call, done=done)
def coin_send(scope: Scope, name: str) -> str:
    """Neither: only a person may decide."""
    return f"coin {name}"


def call_at_gate(request: str, key: str) -> str:
    """Writes the key beside the gate, and waits there, for as long as the test likes."""
    folder = Path(request)
    with (folder / "calls").open("a") as file:
        file.write(f"{key}\n")
    (folder / "call reached").touch()
    deadline = time.monotonic() + 30
    while not (folder / "call open").exists():
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(0.01)
    return "answered"


def gate_done(scope: Scope, result: str) -> None:
    set_mark(scope, result)


@job(kind=OUTSIDE, queue="webhook", call=call_at_gate, done=gate_done, repeatable=True)
def gate_call(scope: Scope, folder: str) -> str:
    return folder


@job(queue="bulk")
def mark_bulk(scope: Scope, name: str, folder: str) -> None:
    """Waits at a gate, as bulk work that takes long."""
    call_at_gate(folder, name)
    set_mark(scope, name)


@job(batch=10, attempts=2)
def mark_small(scope: Scope, name: str) -> None:
    set_mark(scope, name)
    if name == "bad":
        raise Conflict("The shelf is full.")
    if name == "away":
        raise Unavailable("The shelf is away.")


@job(batch=10, attempts=1)
def mark_same(scope: Scope, id: UUID, name: str) -> None:
    """Two with the same id cannot both be."""
    set_mark(scope, name, id)


@job(batch=10)
def mark_transaction(scope: Scope) -> None:
    """Sets the number of its transaction."""
    set_mark(scope, str(scope.session.execute(sa.text("SELECT pg_current_xact_id()")).scalar_one()))


@job(batch=5)
def mark_slow(scope: Scope, name: str) -> None:
    set_mark(scope, name)
    time.sleep(0.15)
