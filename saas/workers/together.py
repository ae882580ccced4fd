"""Which of the jobs that were claimed are done in one transaction."""

from collections.abc import Sequence

from saas.engine.job_registry import job_named
from saas.workers.claims import Due


def together(due: Sequence[Due], most_of_all: int) -> list[list[Due]]:
    """Small jobs of the same task, tenant, actor and scopes in bundles of as many as the job says; each other alone.

    At most `most_of_all` in a bundle, so that the next one is there while one is done.
    In the order of the first of each.
    """
    bundles: list[list[Due]] = []
    open_ones: dict[tuple[object, ...], list[Due]] = {}
    for one in due:
        declared = job_named(one.task)
        most = 1 if declared is None else min(declared.batch, most_of_all)
        what = (one.tenant_id, one.task, one.actor_id, one.scopes)
        bundle = open_ones.get(what)
        if most > 1 and bundle is not None and len(bundle) < most:
            bundle.append(one)
        else:
            bundle = open_ones[what] = [one]
            bundles.append(bundle)
    return bundles
