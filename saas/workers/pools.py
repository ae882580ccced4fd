"""Which threads of a worker process serve which queues: slow work of one class leaves the threads of others free."""

from collections.abc import Collection
from dataclasses import dataclass

from saas.engine.job_registry import QUEUES

# Queues that share threads, and how many of the `--threads` they get.
_CLASSES = (
    (("interactive", "workflow"), 1.0),
    (("mail", "sms"), 0.5),
    (("webhook",), 2.0),  # a receiver may take fifteen seconds, and then holds up no other
    (("bulk",), 0.5),
)


@dataclass(frozen=True, slots=True)
class Pool:
    """Threads that serve some queues and no others."""

    queues: tuple[str, ...]
    threads: int


def pools(threads: int, queues: Collection[str] = QUEUES) -> list[Pool]:
    """The pools of a process that serves these queues; of each class as many threads as it needs of `threads`."""
    chosen = ((tuple(one for one in together if one in queues), part) for together, part in _CLASSES)
    return [Pool(served, max(1, round(threads * part))) for served, part in chosen if served]
