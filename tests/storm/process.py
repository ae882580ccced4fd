"""`saas serve` or `saas worker` with what a storm counts, and a clock that may be wrong."""

import os
import sys
from datetime import UTC, datetime, timedelta

import tests.storm.declared  # noqa: F401  # declares jobs and a reaction
from saas.cli.main import main
from saas.kit import clock


def _wrong_time() -> datetime:
    return datetime.now(UTC) + timedelta(seconds=float(os.environ.get("STORM_SKEW", "0")))


if __name__ == "__main__":
    clock._source = _wrong_time
    main(sys.argv[1:])
