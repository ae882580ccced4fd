"""A dry run: do it all, look at what became of it, and take it back."""

from collections.abc import Callable

from saas.engine.scope import Scope
from saas.engine.write.outcome import Outcome, not_written
from saas.tenants.waiting import Savepoint


def tried(scope: Scope, work: Callable[[], list[Outcome]]) -> list[Outcome]:
    """What `work` would meet with: its outcomes tell problems only, and nothing that it wrote stays."""
    trial = Savepoint(scope.session)
    try:
        return not_written(work())
    finally:
        trial.undo()
