"""Chance that comes out the same everywhere: each thing has a stream of its own, named by what it is."""

from collections.abc import Sequence
from itertools import accumulate
from random import Random
from typing import Generic, TypeVar

ChoiceT = TypeVar("ChoiceT")


def stream(*of: object) -> Random:
    """The chance of one thing, such as the 17th customer with seed 1, whatever else was drawn before."""
    return Random(" ".join(map(str, of)))


class Weighted(Generic[ChoiceT]):
    """Choices of different weight, drawn in proportion to it."""

    def __init__(self, choices: Sequence[tuple[ChoiceT, float]]) -> None:
        self._choices = [choice for choice, _ in choices]
        self._sums = list(accumulate(weight for _, weight in choices))

    def draw(self, chance: Random) -> ChoiceT:
        return chance.choices(self._choices, cum_weights=self._sums)[0]


def filled(chance: Random, pattern: str) -> str:
    """The pattern with a digit for each `#` and a capital letter for each `@`."""
    return "".join(
        str(chance.randrange(10)) if sign == "#" else chance.choice("ABCDEFGHJKLNPRSTUWXY") if sign == "@" else sign
        for sign in pattern
    )
