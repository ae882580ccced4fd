"""What comes again by itself, for the tests; worker processes of the tests do not have it."""

from datetime import time

from saas.engine.crons import ENOUGH, Daily, Every, cron
from saas.engine.jobs import LONG, Step
from saas.engine.scope import Scope
from tests.workers.marks import set_mark


class Shelf:
    """How it behaves."""

    fault: Exception | None = None
    is_enough = False


@cron(Every(minutes=10))
def shelf_dust(scope: Scope) -> None:
    set_mark(scope, "dusted")


@cron(Daily(time(3, 30), working_days=True), queue="interactive", attempts=1)
def shelf_tidy(scope: Scope) -> None:
    if Shelf.fault is not None:
        raise Shelf.fault
    set_mark(scope, "tidied")


@cron(Daily(time(2, 0)), kind=LONG, queue="interactive")
def shelf_sort(scope: Scope, step: Step) -> Step | None:
    set_mark(scope, f"sorted {len(step.checkpoint)}")
    return None if step.checkpoint else Step(checkpoint={"half": True})


@cron(Every(seconds=15), queue="interactive", everywhere=False)
def shelf_guard(scope: Scope) -> object:
    set_mark(scope, "guarded")
    return ENOUGH if Shelf.is_enough else None
