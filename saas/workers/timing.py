"""How long workers wait for what; one place, so that a test can be impatient."""

import random
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Timing:
    """All in seconds."""

    poll: float = 0.2  # between two looks for due jobs
    soon: float = 0.02  # between two looks while something due was left
    # The two together: how long after a `kill -9` of everything the last job goes on; less than 30.
    sent: float = 10  # how long a sent job may be missing before it is sent again
    lease: float = 10  # how long a worker holds a job without a sign of life
    first_retry: float = 2
    last_retry: float = 3600
    put_back: float = 30  # how long a job of a tenant that is suspended or behind waits
    slice: float = 5  # how long a long job goes on while others wait for a thread
    heartbeat: float = 5
    tidy: float = 20  # between two looks for cron rows that are missing
    grace: float = 10  # how long a worker that was told to stop lets its jobs finish

    def retry(self, attempts: int) -> float:
        """Twice as long after each attempt, with a spread so that jobs that failed together do not return together."""
        wait = min(self.first_retry * 2.0 ** min(attempts - 1, 30), self.last_retry)
        return wait * random.uniform(0.75, 1.25)  # a spread, not a secret
