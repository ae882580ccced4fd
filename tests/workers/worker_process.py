"""A worker as `saas worker` runs it, with the jobs of the tests and less patience; ended by signals only."""

import sys

import tests.workers.doings  # noqa: F401  # declares the jobs
from saas.workers.family import Family
from saas.workers.process import work
from saas.workers.timing import Timing

IMPATIENT = Timing(poll=0.05, sent=2, lease=2, first_retry=0.05, last_retry=0.1, put_back=0.1, heartbeat=0.2, grace=5)


def main() -> None:
    if "--family" in sys.argv:
        Family(2, lambda: work(1, IMPATIENT)).live()
    elif "--queues" in sys.argv:
        work(2, IMPATIENT, sys.argv[-1].split(","))
    else:
        work(2, IMPATIENT)


if __name__ == "__main__":
    main()
