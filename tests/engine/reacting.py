"""Events and reactions of one test: afterwards nobody hears of them."""

from collections.abc import Iterator
from contextlib import contextmanager

from saas.engine import event_types, events, job_registry


@contextmanager
def reacting() -> Iterator[None]:
    """What is declared inside is forgotten at the end."""
    reactions = {event: list(those) for event, those in events._reactions.items()}
    declared, jobs = dict(event_types._declared), dict(job_registry._jobs)
    try:
        yield
    finally:
        for kept, before in (
            (events._reactions, reactions),
            (event_types._declared, declared),
            (job_registry._jobs, jobs),
        ):
            kept.clear()
            kept.update(before)  # type: ignore[arg-type]  # each with its own
