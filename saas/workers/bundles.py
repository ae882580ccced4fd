"""Many small jobs of one tenant in one transaction, each under a savepoint: one that fails takes no other along."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from saas.engine.jobs import Job, arguments, job_table
from saas.engine.scope import Scope
from saas.kit import about
from saas.kit.errors import TenantUnavailable, Unavailable
from saas.tenants.tenant import Tenant
from saas.tenants.waiting import Savepoint
from saas.workers.attempt import request_id, scope_of, traced
from saas.workers.leases import Held

_LONGEST = 0.25  # seconds for which a transaction goes on, as others may wait for the rows that it has written


@dataclass
class Bundle:
    """What became of the jobs that were begun together: those in none of the lists are to be given back."""

    done: list[Held] = field(default_factory=list)
    failed: list[tuple[Held, Exception]] = field(default_factory=list)
    untouched: list[Held] = field(default_factory=list)


class NotTogether(Exception):
    """They cannot be done in one transaction; each has to be tried alone."""


def do_together(tenant: Tenant, held: list[Held], job: Job[Any], is_stopping: Callable[[], bool]) -> Bundle:
    """Do as many as there is time for; NotTogether, and nothing was done, where one spoils it for all."""
    bundle = Bundle()
    try:
        with scope_of(tenant, held[0]) as scope:
            ours = _lock(scope, held)
            until = time.monotonic() + _LONGEST
            for one in held:
                if one.id not in ours:
                    continue
                if bundle.done and (time.monotonic() > until or is_stopping()):
                    bundle.untouched.append(one)
                else:
                    _do(scope, one, job, bundle)
            ids = [one.id for one in bundle.done]
            scope.session.execute(sa.delete(job_table).where(job_table.c.id == sa.any_(sa.literal(ids, _IDS))))
    except (TenantUnavailable, Unavailable):
        raise
    except Exception as error:
        raise NotTogether from error
    return bundle


def _do(scope: Scope, one: Held, job: Job[Any], bundle: Bundle) -> None:
    scope.request_id = request_id(one)
    about.note(job=str(one.id), request_id=scope.request_id)
    place = Savepoint(scope.session)
    try:
        with traced(scope.tenant, one):
            job(scope, **arguments(job, one.payload))
        place.keep()
    except (TenantUnavailable, Unavailable):
        raise
    except Exception as error:
        if scope.has_directory:  # another database knows nothing of our savepoint
            raise
        place.undo()
        bundle.failed.append((one, error))
    else:
        bundle.done.append(one)


_IDS = sa.ARRAY(sa.Uuid())


def _lock(scope: Scope, held: list[Held]) -> set[Any]:
    """Those whose rows are ours until the transaction ends."""
    ids = [one.id for one in held]
    mine = sa.select(job_table.c.id).where(
        job_table.c.id == sa.any_(sa.literal(ids, _IDS)), job_table.c.holder == held[0].holder
    )
    return set(scope.session.execute(mine.order_by(job_table.c.id).with_for_update()).scalars())
