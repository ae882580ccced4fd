"""Many clients at once, for minutes: what they ask is answered, all of it."""

import itertools
import time
from collections.abc import Iterator
from contextlib import ExitStack
from random import Random

from scripts.benchmarks.reading import say
from scripts.benchmarks.reading.crowd import Asker, converse
from scripts.benchmarks.reading.serving import Serving, serving
from scripts.benchmarks.registry import Bench, Target, case
from scripts.benchmarks.timing import Times

CONNECTIONS = 64
READS = (
    "query($id: ID!) { customer(id: $id) { id name language website taxNo phone owner { name } } }",
    "{ customers(first: 50, orderBy: [{ name: ASC }]) { nodes { id name language owner { name } } } }",
    '{ customers(filter: { name: { startsWith: "Customer 01" } }) { totalCount { value } } }',
    "{ customers(first: 20) { nodes { id name contacts(first: 5) { nodes { id name email } } } } }",
)
CREATE = "mutation($name: String!) { customerCreate(input: { name: $name }) { id problems { message } } }"
_ONE_WRITES_OF = 50
_MOST_TOLD = 5


@case("many-connections", "", Target("<=", 0, part="errors"))
def many_connections(bench: Bench) -> dict[str, float]:
    """64 kept connections for 5 minutes, each asking known queries and creating a customer by one request in 50."""
    length = bench.rounds(300, quick=20)
    with serving(bench) as running, ExitStack() as connections:
        askers = [
            connections.enter_context(Asker(running.port, _mix(running, number))) for number in range(CONNECTIONS)
        ]
        until = time.perf_counter() + length
        seconds = converse(askers, go_on=lambda _: time.perf_counter() < until)
    faults = [fault for each in askers for fault in each.faults]
    for fault in faults[:_MOST_TOLD]:
        say(f"many-connections: {fault}")
    times = Times(tuple(sorted(itertools.chain.from_iterable(each.taken for each in askers))), 0)
    return {
        "errors": len(faults),
        "rps": round(len(times.sorted_ms) / seconds, 1),
        "p50_ms": round(times.p50, 3),
        "p99_ms": round(times.p99, 3),
    }


def _mix(running: Serving, number: int) -> Iterator[bytes]:
    """What one client asks, without end."""
    chance = Random(number)
    reads = [running.request(text, **({"id": running.some_id} if "$id" in text else {})) for text in READS]
    for count in itertools.count():
        if chance.randrange(_ONE_WRITES_OF) == 0:
            yield running.request(CREATE, name=f"Created {number}-{count}")
        else:
            yield chance.choice(reads)
