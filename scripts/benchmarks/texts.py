"""What texts cost that nobody sent before: once, others meanwhile, and in memory after very many of them."""

import itertools
import statistics
import time
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from random import Random

from scripts.benchmarks.reading import say
from scripts.benchmarks.reading.crowd import Asker, converse
from scripts.benchmarks.reading.serving import Serving, serving
from scripts.benchmarks.reading.texts import VARIABLES, new_texts
from scripts.benchmarks.registry import Bench, Target, Targets, case
from scripts.benchmarks.timing import Times

ONE = "query($id: ID!) { customer(id: $id) { id name language website taxNo phone } }"
CONNECTIONS = 8
_SETTLES = 0.002  # seconds after an answer until the process sleeps, and its times are exact
_WARM_UP = 20  # texts until what is found out once for all texts is known
_FILLS = 2_000  # texts after which all that is kept of texts is full
_ZIPF = 1.1


@case("new-text", "ms", Targets(Target("<=", 6, part="cpu_ms"), Target("<=", 5, part="blocked_ms")))
def new_text(bench: Bench) -> dict[str, float]:
    """CPU of the API that a text nobody sent before costs more than an old one; how long it delays others (p99).

    Everything that is kept is full before, as it is after a while. `mean_ms` holds what the median hides, such as
    collections of garbage, which are also the longest that others wait.
    """
    count = bench.rounds(200, quick=60)
    with serving(bench) as running:
        _fill(running, new_texts(0, bench.rounds(_FILLS, quick=_FILLS // 4)))
        once, again = _costs(running, new_texts(1, _WARM_UP + count))
        blocked, longest = _blocked(running, rounds=10, texts=count // 5)
    figures = {"cpu_ms": statistics.median(once), "mean_ms": statistics.mean(once), "again_ms": again}
    figures |= {"blocked_ms": blocked, "longest_ms": longest}
    return {name: round(figure, 3) for name, figure in figures.items()}


@case("zipf-rss", "× tenth", Target("<=", 1.05, part="growth"))
def zipf_rss(bench: Bench) -> dict[str, float]:
    """RSS of the API after 200,000 requests over 10,000 texts (Zipf) against that after the first tenth of them."""
    count, texts = bench.rounds(200_000, quick=20_000), bench.rounds(10_000, quick=2_000)
    chance = Random(2)
    with serving(bench) as running:
        requests = _requests(running, new_texts(2, texts))
        weights = [1 / rank**_ZIPF for rank in range(1, texts + 1)]
        # So few texts would not have filled what is kept: in a quick run, each of them once is the first tenth.
        each = itertools.chain(requests if bench.quick else (), chance.choices(requests, weights, k=count))
        seconds, sizes = 0.0, list[float]()
        with ExitStack() as connections:
            askers = [connections.enter_context(Asker(running.port, iter(()))) for _ in range(CONNECTIONS)]
            for part in range(1, 11):
                some = itertools.islice(each, count // 10)
                for asker in askers:  # all of them take from the same
                    asker.requests = some
                seconds += converse(askers)
                sizes.append(running.rss_mb())
                say(f"zipf-rss {part}/10: {sizes[-1]:.1f} MB, {part * count / 10 / seconds:.0f}/s")
        _require_right(askers)
    return {
        "growth": round(sizes[-1] / sizes[0], 3),
        "tenth_mb": round(sizes[0], 1),
        "end_mb": round(sizes[-1], 1),
        "rps": round(count / seconds, 1),
    }


def _requests(running: Serving, texts: Iterable[str]) -> list[bytes]:
    return [running.request(text, **VARIABLES) for text in texts]


def _fill(running: Serving, texts: Sequence[str]) -> None:
    with Asker(running.port, iter(_requests(running, texts))) as asker:
        converse([asker])
    _require_right([asker])


def _costs(running: Serving, texts: Sequence[str]) -> tuple[list[float], float]:
    """CPU that each text costs once, and the median of what it costs each time after that.

    A text is asked three times: by the second time it is known, but a connection prepares it, which it costs once too.
    """
    once, again = [], []
    with Asker(running.port, iter(())) as asker:
        for request in _requests(running, texts):
            first, second, third = (_cpu_of(running, asker, request) for _ in range(3))
            once.append(first + second - 2 * third)
            again.append(third)
    _require_right([asker])
    once, again = once[_WARM_UP:], again[_WARM_UP:]
    say(f"new-text once: lists {_spread(once[::2])}; trees {_spread(once[1::2])}; again: {_spread(again)}")
    return once, statistics.median(again)


def _cpu_of(running: Serving, asker: Asker, request: bytes) -> float:
    before = running.cpu_ms()
    asker.requests = iter((request,))
    converse([asker])
    time.sleep(_SETTLES)
    return running.cpu_ms() - before


def _blocked(running: Serving, *, rounds: int, texts: int) -> tuple[float, float]:
    """How much longer one client waits for a known query while another one sends new texts: p99, and the longest."""
    pairs: list[tuple[list[float], list[float]]] = []
    known = running.request(ONE, id=running.some_id)
    requests = iter(_requests(running, new_texts(3, rounds * texts)))
    with Asker(running.port, itertools.repeat(known)) as one, Asker(running.port, iter(())) as other:
        converse([one], go_on=lambda one: len(one.taken) < _WARM_UP)
        for _ in range(rounds):
            other.requests, one.taken = itertools.islice(requests, texts), []
            seconds = converse([other, one], go_on=lambda asker: asker is other or other.is_asking)
            with_texts, one.taken = one.taken, []
            _converse_for(seconds, [one])
            pairs.append((with_texts, one.taken))
    _require_right([one, other])
    busy, quiet = (list(itertools.chain.from_iterable(part)) for part in zip(*pairs, strict=True))
    say(f"new-text others meanwhile: {_spread(busy)}; else: {_spread(quiet)}")
    # Round by round: what else the machine does at times is in few of them.
    return statistics.median(_p99(busy) - _p99(quiet) for busy, quiet in pairs), max(busy)


def _converse_for(seconds: float, askers: Sequence[Asker]) -> None:
    until = time.perf_counter() + seconds
    converse(askers, go_on=lambda _: time.perf_counter() < until)


def _require_right(askers: Sequence[Asker]) -> None:
    faults = [fault for each in askers for fault in each.faults]
    if faults:
        raise RuntimeError(f"{len(faults)} requests failed, such as: {faults[0]}")


def _p99(taken: Sequence[float]) -> float:
    return Times(tuple(sorted(taken)), 0).p99


def _spread(taken: Sequence[float]) -> str:
    """For who looks for the reason of a missed bar."""
    times = Times(tuple(sorted(taken)), 0)
    parts = ", ".join(f"p{share} {times.at(share / 100):.2f}" for share in (50, 90, 99))
    return f"{parts}, mean {statistics.mean(taken):.2f} ms ({len(taken)})"
