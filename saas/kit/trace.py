"""Which trace a request, job or outgoing call belongs to, and its spans where somebody collects them.

A trace has an id that goes along wherever the request goes: into the log, to Sentry, into the row of a job, to the
webhook that the job sends. That costs a number drawn at random. Spans, which tell how long each part took, are made for
the traces that were drawn for it, where SAAS_OTLP_ENDPOINT is set (`spans.py`); else nothing of them is even imported.
Names and ids only belong into attributes, never values, tokens or SQL.
"""

import contextlib
import importlib
import random
import re
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum
from types import TracebackType
from typing import Protocol

from saas.kit import about
from saas.kit.errors import BadConfig
from saas.kit.settings import Settings

_GIVEN = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")
_LONGEST = 200
_ALL = 1 << 64
LONG_AFTER = 600.0  # seconds after which what follows is a trace of its own

Attribute = str | int | float | bool


class Kind(StrEnum):
    """Which side of a call a span is."""

    INTERNAL = "INTERNAL"
    SERVER = "SERVER"  # a request that came in
    CLIENT = "CLIENT"  # a call to somebody outside
    PRODUCER = "PRODUCER"  # a job that was written
    CONSUMER = "CONSUMER"  # a job that is done


@dataclass(slots=True)  # not frozen: one is made for each request, and that would take thrice as long
class Place:
    """A place in a trace: ids in hexadecimal, whether its spans are wanted, and the place that it follows from."""

    trace_id: str
    span_id: str  # empty: nothing has begun yet
    is_sampled: bool
    link: "Place | None" = None
    begun: "Begun | None" = None  # the span itself, where it is recorded
    stand_in: str = ""  # told in place of a span that was not recorded

    def told(self) -> str:
        """As the header `traceparent` of W3C has it."""
        if not self.span_id and not self.stand_in:
            self.stand_in = f"{random.getrandbits(64) or 1:016x}"
        return f"00-{self.trace_id}-{self.span_id or self.stand_in}-{'01' if self.is_sampled else '00'}"


class Span(Protocol):
    """A part of the work while it lasts; what is noted is told with it."""

    def note(self, **attributes: Attribute) -> None:
        """Add attributes: names and ids only."""


class Begun(Protocol):
    """A span as the recorder has it."""

    place: Place

    def note(self, **attributes: Attribute) -> None:
        """Add attributes."""

    def end(self, failure: str | None) -> None:
        """It is over; `failure` is the kind of the error that ended it."""


class Recorder(Protocol):
    """Where spans go."""

    def begin(self, name: str, within: Place, kind: Kind, attributes: dict[str, Attribute]) -> Begun:
        """A span begins inside of a place."""

    def flush(self, seconds: float) -> None:
        """Wait until what has ended has left; nothing is recorded any more."""


_place: ContextVar[Place | None] = ContextVar("trace", default=None)
_recorder: Recorder | None = None
_below = 0  # traces whose last 64 bits are below this are recorded


def init(settings: Settings) -> None:
    """Begin to record, where an endpoint is set; call in each process, after the fork. BadConfig without the extra."""
    global _recorder, _below
    if settings.otlp_endpoint is None:
        return
    try:
        made: Recorder = importlib.import_module("saas.kit.spans").recorder(settings)
    except ModuleNotFoundError:
        what = "SAAS_OTLP_ENDPOINT is set, but OpenTelemetry is missing."
        raise BadConfig(what, remedy="Install atrium[traces].") from None
    _recorder, _below = made, int(settings.trace_ratio * _ALL)


def flush(seconds: float = 2.0) -> None:
    """Wait until what was recorded has left, and record no more; call before a process ends."""
    global _recorder, _below
    if _recorder is not None:
        _recorder.flush(seconds)
    _recorder, _below = None, 0


def begin(given: str = "") -> Place:
    """A request begins: in the trace that its client has told, or in a new one.

    Whether it is recorded we say ourselves: a client that records all of its own must not make us do so.
    """
    told = parsed(given) if given else None
    if told is None:
        number = random.getrandbits(128)
        place = Place("%032x" % number, "", _below > 0 and number % _ALL < _below)  # noqa: UP031  # half the time
    else:
        place = Place(told.trace_id, told.span_id, int(told.trace_id[16:], 16) < _below)
    _place.set(place)
    return place


@contextlib.contextmanager
def continued(given: str | None, *, since: float | None = None) -> Iterator[None]:
    """Inside goes on what one of our own processes began; something new begins where it told nothing.

    What began more than `LONG_AFTER` seconds ago (`since` it, as seconds) is over: what follows is a trace of its own,
    with a link to it.
    """
    before = _place.get()
    told = parsed(given)
    if told is None or (since is not None and since > LONG_AFTER):
        place = begin()
        if told is not None:
            place = Place(place.trace_id, "", place.is_sampled or told.is_sampled, link=told)
    else:
        place = told
    _place.set(place)
    about.note(trace_id=place.trace_id)
    try:
        yield
    finally:
        _place.set(before)
        if before is not None:
            about.note(trace_id=before.trace_id)


def parsed(given: str | None) -> Place | None:
    """What a `traceparent` says; None where it says nothing, or not as W3C has it."""
    found = _GIVEN.fullmatch(given) if given and len(given) <= _LONGEST else None
    if found is None or (found[4] and given and given.startswith("00")):
        return None
    return Place(found[1], found[2], bool(int(found[3], 16) & 1))


def here() -> Place | None:
    """Where the current request or job is; None outside of one."""
    return _place.get()


def traceparent() -> str | None:
    """What whoever goes on with this has to be told, as W3C has it; None outside of a request or job."""
    place = _place.get()
    return None if place is None else place.told()


def is_recorded() -> bool:
    """Whether there is a span that `note` adds to."""
    place = _place.get()
    return place is not None and place.begun is not None


def note(**attributes: Attribute) -> None:
    """Add attributes to the innermost span that is recorded: names and ids only."""
    place = _place.get()
    if place is not None and place.begun is not None:
        place.begun.note(**attributes)


def span(name: str, kind: Kind = Kind.INTERNAL, /, **attributes: Attribute) -> contextlib.AbstractContextManager[Span]:
    """A part of the current request or job, recorded if its trace is: `with span("transaction", write=True):`."""
    place = _place.get()
    if place is None or not place.is_sampled or _recorder is None:
        return _UNRECORDED
    return _Recorded(_recorder, name, place, kind, attributes)


class _Unrecorded:
    """The span of a trace that nobody records."""

    def note(self, **attributes: Attribute) -> None:
        """Nobody hears it."""

    def __enter__(self) -> Span:
        return self

    def __exit__(self, *_: object) -> None:
        return


_UNRECORDED = _Unrecorded()


class _Recorded:
    """A span that is recorded; inside of it, what begins is a part of it."""

    __slots__ = ("_arguments", "_begun", "_recorder", "_within")

    def __init__(
        self, recorder: Recorder, name: str, within: Place, kind: Kind, attributes: dict[str, Attribute]
    ) -> None:
        self._recorder, self._within, self._arguments = recorder, within, (name, kind, attributes)
        self._begun: Begun | None = None

    def note(self, **attributes: Attribute) -> None:
        if self._begun is not None:
            self._begun.note(**attributes)

    def __enter__(self) -> Span:
        name, kind, attributes = self._arguments
        self._begun = self._recorder.begin(name, self._within, kind, attributes)
        _place.set(self._begun.place)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _error: BaseException | None, _at: TracebackType | None
    ) -> None:
        _place.set(self._within)
        if self._begun is not None:
            self._begun.end(None if kind is None else kind.__name__)
