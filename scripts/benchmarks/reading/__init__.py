"""Reading against the floor: the data, the persons, the queries, hand-written SQL for the same answers, and the duel.

`../queries.py` and `../mutations.py` hold the cases; this folder holds what they stand on.
"""

import sys


def say(line: str) -> None:
    """Tell somebody who waits, or looks for a missed bar; the figures themselves go to stdout."""
    print(line, file=sys.stderr, flush=True)
