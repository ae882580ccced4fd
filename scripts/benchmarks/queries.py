"""The queries of the table in the issue, against hand-written SQL for the same answers: scripts/benchmarks/reading."""

from typing import Any

from scripts.benchmarks.reading.client import request
from scripts.benchmarks.reading.duel import Side, duel
from scripts.benchmarks.reading.equality import require_equal
from scripts.benchmarks.reading.queries import QUERIES, variable_sets
from scripts.benchmarks.reading.rivals import rivals
from scripts.benchmarks.registry import Bench, Target, Targets, case

_Figures = dict[str, dict[str, float]]


def _cpu(most: float) -> list[Target]:
    return [Target("<=", most, part=f"{concurrency}.cpu_ratio") for concurrency in ("c1", "c16")]


@case("Q1", "× floor", Targets(*_cpu(1.25)))
def list_of_customers(bench: Bench) -> _Figures:
    """100 customers × 8 fields, filtered and in order of their names, for a manager who sees half of 100,000."""
    return _against_floor(bench, "q1")


@case("Q2", "× floor", Targets(*_cpu(1.25)))
def overview(bench: Bench) -> _Figures:
    """50 customers with owner, first 5 contacts, first 5 opportunities with lines and products."""
    return _against_floor(bench, "q2")


@case("Q3", "× floor", Targets(*_cpu(1.6)))
def one_customer(bench: Bench) -> _Figures:
    """One customer by id, 10 fields."""
    return _against_floor(bench, "q3")


@case("Q4", "× floor", Targets(*_cpu(1.25)))
def relational(bench: Bench) -> _Figures:
    """100 customers × 8 fields, three of which depend on the relation of the viewer to the record."""
    return _against_floor(bench, "q4")


@case("Q5", "× floor", Targets(*_cpu(1.5), Target("<=", 20, part="c1.p50_ms")))
def few_of_many(bench: Bench) -> _Figures:
    """The list of Q1 for a person who sees 50 of 1,000,000 customers."""
    return _against_floor(bench, "q5")


@case("Q6", "× floor", Targets(*_cpu(1.5), Target("<=", 40, part="c1.p50_ms")))
def partly_hidden(bench: Bench) -> _Figures:
    """Filter and order by a field that is hidden on most of 1,000,000 customers."""
    return _against_floor(bench, "q6")


@case("Q7", "× floor", Targets(*_cpu(1.25)))
def groups(bench: Bench) -> _Figures:
    """200,000 opportunities, half of them in sight, by stage and month with sums."""
    return _against_floor(bench, "q7")


def _against_floor(bench: Bench, name: str) -> _Figures:
    both, query = bench.shared(rivals), QUERIES[name]
    token = both.tokens[query.tenant, query.person]
    variables: list[dict[str, Any]] = variable_sets(query, both.ids)
    asked = [request("/graphql", {"query": query.text, "variables": each}, token) for each in variables]
    ours = Side(both.ours, asked)
    floor = Side(both.floor, [request(f"/{name}", {"variables": each}) for each in variables])
    require_equal(ours, floor)
    return duel(name.upper(), ours, floor, rounds=bench.rounds(20, 10), seconds=0.4 if bench.quick else 1)
