"""XLSX, written as the records come: a sheet of them and, where lines are wanted, one of these."""

import tempfile
import zipfile
from contextlib import ExitStack
from typing import IO, cast

from saas.engine.export.writer import Layout, Told, records_in
from saas.engine.export.xlsx_parts import small_parts
from saas.engine.export.xlsx_sheet import Sheet
from saas.engine.files.sink import Sink

_PIECE = 1024 * 1024


class XlsxFile:
    """Only one part of an archive can be written at a time, so lines wait in a file beside it until the end."""

    def __init__(self, sink: Sink, layout: Layout, resources: ExitStack) -> None:
        archive = zipfile.ZipFile(cast("IO[bytes]", sink), "w", zipfile.ZIP_DEFLATED, compresslevel=1)
        names = [layout.name] if layout.lines is None else [layout.name, layout.line_name]
        for name, text in small_parts(names).items():
            archive.writestr(name, text)
        self._archive = archive
        self._part = resources.enter_context(archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True))
        self._records = Sheet(self._part, layout.columns)
        self._lines: Sheet | None = None
        if layout.lines is not None and layout.whose is not None:
            self._beside = resources.enter_context(tempfile.TemporaryFile())  # noqa: SIM115  # that closes it
            self._lines = Sheet(self._beside, [layout.whose], layout.lines)

    def add(self, told: Told) -> None:
        records = records_in(told)
        self._records.add(records)
        if self._lines is not None:
            pairs = [(record, line) for record in records for line in record["lines"]]
            self._lines.add([record for record, _ in pairs], [line for _, line in pairs])

    def end(self) -> None:
        self._records.end()
        self._part.close()
        if self._lines is not None:
            self._lines.end()
            self._beside.seek(0)
            with self._archive.open("xl/worksheets/sheet2.xml", "w", force_zip64=True) as part:
                while piece := self._beside.read(_PIECE):
                    part.write(piece)
        self._archive.close()
