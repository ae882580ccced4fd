"""What writing one customer costs over HTTP: CPU of the API and of its Postgres backends together."""

import secrets
from collections.abc import Sequence

import psycopg

from saas.tenants.names import quoted
from scripts.benchmarks.reading.client import ask, request
from scripts.benchmarks.reading.duel import Side, alone
from scripts.benchmarks.reading.place import place
from scripts.benchmarks.reading.rivals import rivals
from scripts.benchmarks.registry import Bench, Target, Targets, case

TENANT = "writes"
UPDATED = 1_000  # different customers, each several times
CREATE = """
mutation Create($input: CustomerCreateInput!) {
  customerCreate(input: $input) { id problems { message } customer { id name version } }
}"""
UPDATE = """
mutation Update($id: ID!, $input: CustomerUpdateInput!) {
  customerUpdate(id: $id, input: $input) { id problems { message } customer { id name version } }
}"""
_Figures = dict[str, dict[str, float]]
_AT_MOST = Targets(*(Target("<=", 4, part=f"{concurrency}.cpu_ms") for concurrency in ("c1", "c16")))


@case("M1", "ms", _AT_MOST)
def create_one(bench: Bench) -> _Figures:
    """One customer created among 100,000, with rights, duplicates, audit and events, durable, and read again."""
    run = secrets.token_hex(4)
    inputs = [
        {
            "name": f"Bench {run} {number}",
            "phone": f"+49 30 {secrets.randbelow(10**8):08}",
            "language": "German",
            "annualRevenue": {"amount": f"{number}.50", "currency": "USD"},
        }
        for number in range(bench.rounds(40_000, 10_000))
    ]
    return _measured(bench, "M1", "customerCreate", CREATE, [{"input": each} for each in inputs])


@case("M2", "ms", _AT_MOST)
def update_one(bench: Bench) -> _Figures:
    """Two fields of one customer changed; likewise."""
    ids = _customers(bench)
    changes: list[dict[str, object]] = [
        {"id": id_, "input": {"employeeCount": secrets.randbelow(100_000), "language": f"Dialect {again}"}}
        for again in range(bench.rounds(20, 5))
        for id_ in ids
    ]
    return _measured(bench, "M2", "customerUpdate", UPDATE, changes)


def _customers(bench: Bench) -> list[str]:
    """The ids of those that are changed; the table is vacuumed, which is not done by itself on these servers."""
    where = bench.shared(place)
    with psycopg.connect(where.cell, autocommit=True) as admin:
        admin.execute(f"SET search_path TO {quoted(where.tenants[TENANT].schema)}")
        admin.execute("VACUUM ANALYZE customer")
        rows = admin.execute(
            "SELECT id::text FROM customer WHERE deleted_at IS NULL AND code LIKE 'K-%%' ORDER BY hashtext(id::text)"
            " LIMIT %s",
            [UPDATED],
        )
        return [id_ for (id_,) in rows]


def _measured(bench: Bench, name: str, field: str, text: str, variables: Sequence[dict[str, object]]) -> _Figures:
    both = bench.shared(rivals)
    token = both.tokens[TENANT, "writer"]
    first, *requests = (request("/graphql", {"query": text, "variables": each}, token) for each in variables)
    answer = ask(both.ours.port, first)
    if "errors" in answer or answer["data"][field]["problems"]:
        raise RuntimeError(f"{field} was answered with {answer}.")
    side = Side(both.ours, requests)
    return alone(name, side, rounds=bench.rounds(20, 10), seconds=0.4 if bench.quick else 1)
