"""The cases that are measured: each file beside this one declares some with `@case`."""

import importlib
import operator
import pkgutil
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

import scripts.benchmarks

Value = float | dict[str, Any]
Shared = TypeVar("Shared")
_COMPARISONS: dict[str, Callable[[float, float], bool]] = {"<": operator.lt, "<=": operator.le, ">": operator.gt}
NOT_CASES = {
    "__main__",
    "exported",
    "imported",
    "installation",
    "jobs_place",
    "jobs_worker",
    "machine",
    "reading",
    "registry",
    "synthetic",
    "timing",
}


@dataclass(frozen=True, slots=True)
class Target:
    """What a figure is held to: `Target("<", 20)`; of a figure with parts, `part` says which: "p50_ms", "c1.p50_ms"."""

    comparison: Literal["<", "<=", ">"]
    value: float
    part: str = ""

    def holds(self, measured: Value) -> bool:
        figure: Any = measured
        for name in self.part.split(".") if isinstance(measured, dict) else ():
            figure = figure[name]
        return bool(_COMPARISONS[self.comparison](figure, self.value))

    def __str__(self) -> str:
        return f"{self.part} {self.comparison} {self.value:g}".strip()


class Targets:
    """Several targets of one figure: `Targets(Target("<", 20, part="p50_ms"), Target("<", 4, part="cpu_ms"))`."""

    def __init__(self, *each: Target) -> None:
        self._each = each

    def holds(self, measured: Value) -> bool:
        """Whether all of them are met."""
        return all(target.holds(measured) for target in self._each)

    def __str__(self) -> str:
        return ", ".join(map(str, self._each))


@dataclass
class Bench:
    """What a case is given: how much to do, and what cases share, such as servers with data."""

    quick: bool
    _shared: dict[object, object] = field(default_factory=dict)
    _ends: ExitStack = field(default_factory=ExitStack)

    def rounds(self, full: int, quick: int) -> int:
        """So many in a full run, so many in a quick one."""
        return quick if self.quick else full

    def shared(self, make: Callable[["Bench"], AbstractContextManager[Shared]]) -> Shared:
        """What `make` makes: entered once for all cases, left at the end."""
        if make not in self._shared:
            self._shared[make] = self._ends.enter_context(make(self))
        return self._shared[make]  # type: ignore[return-value]  # the key tells the type

    def close(self) -> None:
        self._ends.close()


class NotMeasured(Exception):
    """Raised by a case that leaves itself out of this run, with the reason."""


Measure = Callable[[Bench], Value]


@dataclass(frozen=True, slots=True)
class Case:
    """A figure of the project: its name, its unit, what it is held to, and how it is taken."""

    name: str
    unit: str
    target: Target | Targets | None
    measure: Measure

    @property
    def what(self) -> str:
        return (self.measure.__doc__ or "").strip().partition("\n")[0]


_cases: dict[str, Case] = {}


def case(name: str, unit: str, target: Target | Targets | None = None) -> Callable[[Measure], Measure]:
    """Register the function as the case `name`; its docstring says what is measured."""

    def register(measure: Measure) -> Measure:
        if name in _cases:
            raise ValueError(f"Two cases are called {name}: choose another name for {measure.__module__}.")
        if not measure.__doc__:
            raise ValueError(f"The case {name} does not say what it measures: give {measure.__module__} a docstring.")
        _cases[name] = Case(name, unit, target, measure)
        return measure

    return register


def all_cases() -> list[Case]:
    """Every case of every file in this folder, in the order of their names."""
    for module in pkgutil.iter_modules(scripts.benchmarks.__path__):
        if module.name not in NOT_CASES:
            importlib.import_module(f"scripts.benchmarks.{module.name}")
    return [_cases[name] for name in sorted(_cases)]
