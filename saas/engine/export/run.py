"""An export from its start to its end: chunk after chunk, until the file is there, whole."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa

from saas.engine.events import emit
from saas.engine.export.ongoing import Ongoing, drop, keep_going, ongoing
from saas.engine.export.permitted import check_permitted
from saas.engine.export.result import keep_file
from saas.engine.export.statement import content_of, query_of
from saas.engine.export.tables import export_run
from saas.engine.export.wish import OPEN, ExportState, Wish, wish_from
from saas.engine.files.made import remove_made
from saas.engine.registry import ObjectType, object_named
from saas.engine.run_events import ExportRunFinished
from saas.engine.scope import Scope, open_scope
from saas.kit import clock, ids
from saas.kit.errors import BadInput, Forbidden, TooLarge, Unavailable
from saas.tenants.tenant import Tenant

# Of one chunk: so often progress is told, the lease renewed, and looked whether it was called off.
SECONDS = 2.0


def start(scope: Scope, one: ObjectType, wish: Wish) -> UUID:
    """Note down an export; BadInput and Forbidden for what would be refused when it is done."""
    check_permitted(scope, one, wish.format)
    query_of(scope, content_of(scope, one, wish), wish)
    run_id = ids.new_id(ids.EXPORT_RUN)
    scope.session.execute(
        sa.insert(export_run).values(
            id=run_id,
            object=one.name,
            wish=wish.as_json(),
            state=ExportState.QUEUED,
            rows=0,
            created_by=scope.actor_id,
            created_at=scope.now,
        )
    )
    return run_id


def go_on(scope: Scope, run_id: UUID) -> int | None:
    """Write for some seconds; how many records are in the file by then, None when there is nothing left to do.

    Unavailable where the store of files takes nothing: the export begins anew when it is tried again.
    """
    run = scope.session.execute(sa.select(export_run).where(_is_open(run_id))).one_or_none()
    key = (scope.tenant.id, run_id)
    if run is None:
        drop(key)
        return None
    try:
        one, wish = object_named(run.object), wish_from(run.wish)
        check_permitted(scope, one, wish.format)
        export = ongoing(key) or Ongoing(scope, one, wish)
        keep_going(key, export)
        if not export.write_for(SECONDS):
            values = {"state": ExportState.RUNNING, "rows": export.rows, "reason": None}
            scope.session.execute(sa.update(export_run).where(_is_open(run_id)).values(**values))
            return export.rows
        _finish(scope, run, wish, export)
    except (Forbidden, BadInput, TooLarge) as error:
        end_early(scope, run_id, ExportState.FAILED, str(error))
    except Unavailable as error:
        drop(key)
        _tell_why_it_waits(scope.tenant, run_id, str(error))
        raise
    except BaseException:
        drop(key)
        raise
    drop(key)
    return None


def cancel(scope: Scope, run_id: UUID) -> bool:
    """Call an export off: there will be no file. False where there is nothing to call off."""
    mine = (_is_open(run_id), export_run.c.created_by == scope.actor_id)
    if scope.session.execute(sa.select(export_run.c.id).where(*mine).with_for_update()).first() is None:
        return False
    end_early(scope, run_id, ExportState.CANCELLED, "Called off.")
    return True


def end_early(scope: Scope, run_id: UUID, state: ExportState, why: str) -> None:
    """Write down that an export ended without a file."""
    _end(scope, run_id, {"state": state, "reason": why})
    drop((scope.tenant.id, run_id))


def perform(tenant: Tenant, actor_id: UUID | None, run_id: UUID) -> None:
    """Do an export to its end in this process, without a worker."""
    rows: int | None = 0
    while rows is not None:
        with open_scope(tenant, actor_id, write=True, request_id=str(run_id)) as scope:
            rows = go_on(scope, run_id)


def _finish(scope: Scope, run: Any, wish: Wish, export: Ongoing) -> None:
    """Keep the file and write down the end; of an export that was called off meanwhile nothing stays."""
    blob, file_id = keep_file(scope, run.object, wish, export.sink)
    values = {"state": ExportState.DONE, "rows": export.rows, "reason": None, "file_id": file_id}
    if not _end(scope, run.id, values):
        remove_made(scope, blob, file_id)


def _end(scope: Scope, run_id: UUID, values: dict[str, Any]) -> bool:
    """Write down the end and tell of it; False where it had ended before."""
    ended = sa.update(export_run).where(_is_open(run_id)).values(**values, finished_at=clock.now())
    run = scope.session.execute(ended.returning(export_run)).one_or_none()
    if run is None:
        return False
    emit(scope, ExportRunFinished(run_id=run_id, started_by=run.created_by, object=run.object, state=run.state))
    return True


def _tell_why_it_waits(tenant: Tenant, run_id: UUID, why: str) -> None:
    with open_scope(tenant, None, write=True, request_id=str(run_id)) as scope:
        values = {"state": ExportState.QUEUED, "rows": 0, "reason": f"{why} It is tried again."}
        scope.session.execute(sa.update(export_run).where(_is_open(run_id)).values(**values))


def _is_open(run_id: UUID) -> sa.ColumnElement[bool]:
    return sa.and_(export_run.c.id == run_id, export_run.c.state.in_(OPEN))
