"""Who may export: the functional right of the object beside reading it, and for Excel a special permission."""

from saas.engine.access.specials import SpecialKind, special
from saas.engine.export.wish import ExportFormat
from saas.engine.field import Label
from saas.engine.registry import ObjectType
from saas.engine.scope import Scope
from saas.kit.errors import Forbidden

EXCEL = special("export.excel", Label("Export to Excel", "导出 Excel"), SpecialKind.BOOLEAN)


def check_permitted(scope: Scope, one: ObjectType, form: ExportFormat) -> None:
    """Forbidden where the person may not have such a file."""
    scope.need(f"{one.name}.read")
    scope.need(f"{one.name}.export")
    if form is ExportFormat.XLSX and not scope.special(EXCEL):
        raise Forbidden(
            f"You need the special permission {EXCEL.key}.",
            remedy="An administrator can grant it to you or to one of your roles; CSV needs none.",
        )
