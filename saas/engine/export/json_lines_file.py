"""JSON Lines: each record as the API tells it, one a line, its lines in a list inside."""

from saas.engine.export.writer import Told
from saas.engine.files.sink import Sink


class JsonLinesFile:
    """What Postgres made is written as it is."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink

    def add(self, told: Told) -> None:
        self._sink.write(("\n".join(told) + "\n").encode())

    def end(self) -> None:
        """Nothing stands behind the last line."""
