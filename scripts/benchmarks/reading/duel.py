"""Two servers measured in turns within one run, so that a busy machine slows both."""

import statistics
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from scripts.benchmarks.reading import say
from scripts.benchmarks.reading.client import Client, Load
from scripts.benchmarks.reading.cpu import Cpu
from scripts.benchmarks.reading.rivals import Server

CONCURRENCY = {"c1": 1, "c16": 16}
_MOST, _LEAST = 2_000, 3  # requests of one round


@dataclass(frozen=True, slots=True)
class Side:
    """A server with the requests that it is sent in turn."""

    server: Server
    requests: Sequence[bytes]


@dataclass(frozen=True, slots=True)
class Round:
    """What one server did in one round: its CPU for one request, and how the client saw it."""

    cpu: Cpu
    load: Load


class _Player:
    """One side in one duel: its kept connections, and how many requests make a round."""

    def __init__(self, side: Side, concurrency: int, seconds: float) -> None:
        self._meter = side.server.meter
        self.client = Client(side.server.port, side.requests, concurrency)
        # Every set of variables once, and each prepared statement often enough to have settled for its plan.
        warm = self.client.fire(max(len(side.requests), 20 * concurrency), at_most=6 * seconds)
        self._count = max(_LEAST, concurrency, min(_MOST, int(warm.rps * seconds)))

    def play(self) -> Round:
        before = self._meter.sample()
        load = self.client.fire(self._count)
        return Round(before.until(self._meter.sample()).each(load.count), load)


@contextmanager
def _player(side: Side, concurrency: int, seconds: float) -> Iterator[_Player]:
    player = _Player(side, concurrency, seconds)
    try:
        yield player
    finally:
        player.client.close()


def duel(name: str, ours: Side, floor: Side, *, rounds: int, seconds: float) -> dict[str, dict[str, float]]:
    """The medians over rounds of about so many seconds for each side, at each concurrency."""
    return {
        key: _duel(f"{name} {key}", ours, floor, concurrency, rounds, seconds)
        for key, concurrency in CONCURRENCY.items()
    }


def _duel(name: str, ours: Side, floor: Side, concurrency: int, rounds: int, seconds: float) -> dict[str, float]:
    with _player(ours, concurrency, seconds) as one, _player(floor, concurrency, seconds) as other:
        pairs = [(one.play(), other.play()) for _ in range(rounds)]
    mine, theirs = zip(*pairs, strict=True)
    _tell(f"{name} ours", mine)
    _tell(f"{name} floor", theirs)
    return {
        "rps_ratio": _median(a.load.rps / b.load.rps for a, b in pairs),
        "cpu_ratio": _median(a.cpu.total / b.cpu.total for a, b in pairs),
        "p50_ratio": _median(a.load.at(0.5) / b.load.at(0.5) for a, b in pairs),
        "p99_ratio": _median(a.load.at(0.99) / b.load.at(0.99) for a, b in pairs),
        "cpu_ms": _median(each.cpu.total for each in mine),
        "p50_ms": _median(each.load.at(0.5) for each in mine),
    }


def alone(name: str, side: Side, *, rounds: int, seconds: float) -> dict[str, dict[str, float]]:
    """One server without a floor, at each concurrency with requests of its own: what was made is not made again."""
    figures: dict[str, dict[str, float]] = {}
    for number, (key, concurrency) in enumerate(CONCURRENCY.items()):
        own = Side(side.server, side.requests[number :: len(CONCURRENCY)])
        with _player(own, concurrency, seconds) as player:
            played = [player.play() for _ in range(rounds)]
        _tell(f"{name} {key}", played)
        figures[key] = {
            "cpu_ms": _median(each.cpu.total for each in played),
            "p50_ms": _median(each.load.at(0.5) for each in played),
            "p99_ms": _median(each.load.at(0.99) for each in played),
        }
    return figures


def _median(values: Iterable[float]) -> float:
    return round(statistics.median(values), 3)


def _tell(who: str, rounds: Sequence[Round]) -> None:
    """What one needs to find a missed bar: where the time goes."""
    api, postgres = _median(each.cpu.api for each in rounds), _median(each.cpu.postgres for each in rounds)
    p50, p99 = _median(each.load.at(0.5) for each in rounds), _median(each.load.at(0.99) for each in rounds)
    say(
        f"{who:14} CPU {api + postgres:8.3f} ms = API {api:8.3f} + Postgres {postgres:8.3f};"
        f" p50 {p50:8.3f} ms, p99 {p99:8.3f} ms, {_median(each.load.rps for each in rounds):8.1f}/s"
        f" ({len(rounds)} × {rounds[0].load.count})"
    )
