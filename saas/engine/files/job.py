"""What is done with files later: looked through for viruses, removed with their contents, tidied up after.

A job that looks after the tenant's files asks for its next run itself, as long as there is something to look after.
"""

from datetime import timedelta
from uuid import UUID

from saas.engine.field import Label
from saas.engine.files.care import any_file, any_loose, discard, mark_overdue, purge, remove_strays
from saas.engine.files.quota import recount
from saas.engine.files.scanning import scan
from saas.engine.jobs import enqueue, job
from saas.engine.scope import Scope
from saas.kit import clock, log

_log = log.logger(__name__)
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)


@job(queue="bulk", label=Label("Look through a file", "扫描文件"))
def file_scan(scope: Scope, file_id: UUID) -> None:
    """Have a file that was sent looked through; while nobody can tell, it is put back and not ready."""
    refused = scan(scope, file_id)
    if refused is not None:
        enqueue(scope.session, scope.tenant.id, file_discard, blob=refused)


@job(queue="bulk", label=Label("Remove a content", "删除内容"))
def file_discard(scope: Scope, blob: UUID) -> None:
    """Remove a content that no file has any more."""
    discard(scope, blob)


@job(queue="bulk", label=Label("Remove files", "清除文件"))
def file_purge(scope: Scope) -> None:
    """Remove the contents of files that are removed, and then the files."""
    purge(scope)


@job(queue="bulk", label=Label("Clean up files", "整理文件"))
def file_clean_up(scope: Scope) -> None:
    """Once an hour: what was announced and never sent, and what hung on nothing for long, is removed."""
    mark_overdue(scope)
    purge(scope)
    _daily(scope)
    if any_loose(scope):
        look_after(scope)


@job(queue="bulk", label=Label("Count files anew", "重新统计文件"))
def file_sweep(scope: Scope) -> None:
    """Once a day: contents without a file, which a crash may leave, are removed; what files take is counted anew."""
    remove_strays(scope)
    if recount(scope):
        _log.warning("files were counted wrongly", tenant=scope.tenant.slug)
    if any_file(scope):
        _daily(scope)


def look_after(scope: Scope) -> None:
    """Have the files looked after at the next full hour, by the tenant's own identity."""
    at = clock.now().replace(minute=0, second=0, microsecond=0) + _HOUR
    enqueue(scope.session, scope.tenant.id, file_clean_up, key=f"file_clean_up:{at:%Y-%m-%dT%H}", run_at=at)


def _daily(scope: Scope) -> None:
    at = clock.now().replace(hour=3, minute=30, second=0, microsecond=0) + _DAY
    enqueue(scope.session, scope.tenant.id, file_sweep, key=f"file_sweep:{at:%Y-%m-%d}", run_at=at)


def purge_soon(scope: Scope) -> None:
    """Have what is removed purged when this transaction is through."""
    enqueue(scope.session, scope.tenant.id, file_purge)


def scan_soon(scope: Scope, file_id: UUID) -> None:
    """Have the file looked through."""
    enqueue(scope.session, scope.tenant.id, file_scan, key=f"file_scan:{file_id}", file_id=file_id)
