"""That imports, exports and reverts of imports have ended, whichever way: `state` is the code of their end."""

from uuid import UUID

from saas.engine.events import Event
from saas.engine.field import Label


class ImportRunFinished(Event, name="import_run.finished", label=Label("Import finished", "导入结束")):
    """An import has ended: done, failed or cancelled."""

    run_id: UUID
    started_by: UUID
    object: str
    state: str


class ImportRunRevertFinished(
    Event, name="import_run.revert_finished", label=Label("Import taken back", "导入撤销结束")
):
    """Taking an import back has ended: done, failed or cancelled."""

    run_id: UUID
    started_by: UUID
    state: str


class ExportRunFinished(Event, name="export_run.finished", label=Label("Export finished", "导出结束")):
    """An export has ended: done, failed or cancelled."""

    run_id: UUID
    started_by: UUID
    object: str
    state: str
