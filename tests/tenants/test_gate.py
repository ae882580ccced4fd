"""Those who wait for a connection get it in the order in which they came."""

import threading
from functools import partial

import pytest

from saas.tenants.gate import Gate, TurnTimeout
from tests.tenants.place import until


def waits(gate: Gate, number: int) -> bool:
    return len(gate._waiting) == number


def test_the_first_who_waited_goes_first() -> None:
    gate, order = Gate(1), list[int]()

    def come(number: int) -> None:
        with gate.turn(10):
            order.append(number)

    threads = [threading.Thread(target=come, args=(number,)) for number in range(5)]
    with gate.turn(0):
        for number, thread in enumerate(threads, start=1):
            thread.start()
            until(partial(waits, gate, number), f"{number} wait")
    for thread in threads:
        thread.join()
    assert order == [0, 1, 2, 3, 4]


def test_who_gives_up_is_passed_over() -> None:
    gate = Gate(1)
    with gate.turn(0), pytest.raises(TurnTimeout), gate.turn(0.01):
        pass
    with gate.turn(0):
        pass
    assert (gate._free, len(gate._waiting)) == (1, 0)
