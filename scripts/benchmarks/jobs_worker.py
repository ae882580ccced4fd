"""A worker as `saas worker` runs it, with the small jobs of the bench; ended by signals."""

import sys

import sqlalchemy as sa

from saas.engine.jobs import job
from saas.engine.scope import Scope
from saas.workers.process import work

_SEEN = sa.text("SELECT name FROM customer LIMIT 1")
_DONE = sa.text("INSERT INTO bench_done (number, run_at) VALUES (:number, to_timestamp(CAST(:due AS float8)))")


@job()
def bench_single(scope: Scope, number: int, due: str) -> None:
    """Reads a record, writes a row: what a small job is."""
    scope.session.execute(_SEEN)
    scope.session.execute(_DONE, {"number": number, "due": due})


@job(batch=50)
def bench_batched(scope: Scope, number: int, due: str) -> None:
    """The same, many in a transaction."""
    scope.session.execute(_SEEN)
    scope.session.execute(_DONE, {"number": number, "due": due})


if __name__ == "__main__":
    work(int(sys.argv[1]))
