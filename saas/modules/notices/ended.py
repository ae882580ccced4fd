"""Whoever started an import or export is told of its end."""

from collections.abc import Sequence
from uuid import UUID

from saas.engine.events import on
from saas.engine.field import Label
from saas.engine.notifications import Fact, notification_kind, notify
from saas.engine.run_events import ExportRunFinished, ImportRunFinished, ImportRunRevertFinished
from saas.engine.scope import Scope

_TO = Label("Whoever started it.", "发起人。")
_STATES = {
    "done": Label("done", "完成"),
    "failed": Label("failed", "失败"),
    "cancelled": Label("called off", "已取消"),
}
_RUN: dict[str, Fact] = {"run_id": UUID, "state": _STATES}

IMPORT_ENDED = notification_kind(
    "import_ended",
    Label("An import has ended", "导入结束"),
    text=Label("Your import of {objects} has ended: {state}.", "你的{objects}导入已结束：{state}。"),
    to=_TO,
    facts=_RUN,
)
IMPORT_REVERT_ENDED = notification_kind(
    "import_revert_ended",
    Label("An import was taken back", "导入撤销结束"),
    text=Label("Taking your import back has ended: {state}.", "你的导入撤销已结束：{state}。"),
    to=_TO,
    facts=_RUN,
)
EXPORT_ENDED = notification_kind(
    "export_ended",
    Label("An export has ended", "导出结束"),
    text=Label("Your export of {objects} has ended: {state}.", "你的{objects}导出已结束：{state}。"),
    to=_TO,
    facts=_RUN,
)


@on(ImportRunFinished)
def import_end_is_told(scope: Scope, events: Sequence[ImportRunFinished]) -> None:
    """Whoever started an import learns that it has ended."""
    for event in events:
        notify(scope, [event.started_by], IMPORT_ENDED, of=event.object, run_id=event.run_id, state=event.state)


@on(ImportRunRevertFinished)
def import_revert_end_is_told(scope: Scope, events: Sequence[ImportRunRevertFinished]) -> None:
    """Whoever took an import back learns that this has ended."""
    for event in events:
        notify(scope, [event.started_by], IMPORT_REVERT_ENDED, run_id=event.run_id, state=event.state)


@on(ExportRunFinished)
def export_end_is_told(scope: Scope, events: Sequence[ExportRunFinished]) -> None:
    """Whoever started an export learns that it has ended."""
    for event in events:
        notify(scope, [event.started_by], EXPORT_ENDED, of=event.object, run_id=event.run_id, state=event.state)
