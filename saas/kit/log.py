"""Structured logs: one line per event on standard error, with tenant and request id, without values and secrets."""

import logging
import re
import sys
from collections.abc import Mapping
from dataclasses import asdict
from functools import lru_cache
from typing import BinaryIO, cast

import orjson
import structlog
from structlog.typing import EventDict, FilteringBoundLogger, Processor, WrappedLogger

from saas.kit import about, clock, faults

# Keys whose values are never written, whoever logs them.
SECRET_KEY = re.compile(r"passw|secret|token|authorization|cookie|dsn|api_?key", re.IGNORECASE)
SECRET_TEXT = re.compile(r"(?i)(bearer\s+)[\w.~+/=-]+|(://[^\s:/@]*:)[^\s@/]+(?=@)|(password=)\S+")
HIDDEN = "***"
# Loggers of libraries that speak of their own life, not of data; of all others only warnings are wanted.
_requests: "_Sink | None" = None  # where the lines of requests go by themselves
LIBRARIES = ("uvicorn", "uvicorn.error", "dramatiq")


def set_up(*, form: str = "json", level: str = "info", stream: BinaryIO | None = None) -> None:
    """Send everything that this process logs, libraries included, through one pipe; call once at its start."""
    global _requests
    out = _Sink(stream or sys.stderr.buffer)
    number = logging.getLevelNamesMapping()[level.upper()]
    _requests = out if form == "json" and number <= logging.INFO else None
    structlog.configure(
        processors=[*_steps(), structlog.processors.add_log_level, _renderer(form)],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.BytesLoggerFactory(cast(BinaryIO, out)),
        cache_logger_on_first_use=stream is None,
    )
    handler = _LineHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*_steps(), structlog.stdlib.add_logger_name, structlog.stdlib.add_log_level],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _redact, _as_text(_renderer(form))],
            use_get_message=True,
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(max(number, logging.WARNING))
    for name in LIBRARIES:
        library = logging.getLogger(name)
        library.handlers, library.propagate = [], True
        library.setLevel(number)
    logging.getLogger("uvicorn.access").disabled = True  # the gate writes one line per request
    logging.captureWarnings(capture=True)


def logger(name: str) -> FilteringBoundLogger:
    """`logger(__name__).info("quote accepted", quote=id)`: an event in words, its facts as keys."""
    return cast(FilteringBoundLogger, structlog.get_logger(source=name))


def request_done(source: str, facts: Mapping[str, str], *, method: str, path: str, status: int, ms: float) -> None:
    """The line of a request, as `info` would write it: one for each, so it goes past the pipe where that is JSON."""
    if _requests is None:
        logger(source).info("request", method=method, path=path, status=status, ms=ms)
        return
    line: EventDict = {
        **facts,
        "logger": source,
        "event": "request",
        "method": method,
        "path": path,
        "status": status,
        "ms": ms,
        "timestamp": clock.now(),
        "level": "info",
    }
    if _may_be_secret(path):
        line = _redact(None, "info", line)
    _requests.write(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_UTC_Z))


@lru_cache(maxsize=256)
def _may_be_secret(path: str) -> bool:
    return SECRET_TEXT.search(path) is not None


class _Sink:
    """Where all lines go. One that cannot be written is lost: a full disk must not stop the work that is logged."""

    def __init__(self, stream: BinaryIO) -> None:
        # Past the buffer: what a full disk refused would lie in it, and be an error again at the end of the process.
        self._stream = getattr(stream, "raw", stream)
        self._in_a_line = False

    def write(self, line: bytes) -> None:
        rest = b"\n" + line if self._in_a_line else line
        try:
            while rest:
                written = self._stream.write(rest)
                if not written:  # a pipe that takes nothing just now
                    return
                self._in_a_line = written < len(rest)
                rest = rest[written:]
        except (OSError, ValueError):  # ValueError: the stream is closed, as the process ends
            return

    def flush(self) -> None:
        """Nothing is held back."""


class _LineHandler(logging.Handler):
    """Writes what libraries log to the same stream, one whole line at a time."""

    def __init__(self, out: _Sink) -> None:
        super().__init__()
        self.out = out

    def emit(self, record: logging.LogRecord) -> None:
        self.out.write(self.format(record).encode() + b"\n")


def _steps() -> list[Processor]:
    return [_facts, structlog.processors.TimeStamper(fmt="iso", utc=True), _fault, _redact]


def _facts(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    if source := event.pop("source", None):  # structlog keeps the word `logger` for itself
        event["logger"] = source
    return {**about.facts(), **event}


def _fault(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Replace an exception by what may be told of it."""
    info = event.pop("exc_info", None)
    error = sys.exc_info()[1] if info is True else info[1] if isinstance(info, tuple) else info
    if isinstance(error, BaseException):
        event["fault"] = asdict(faults.describe(error))
    return event


def _redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    for key, value in event.items():
        if SECRET_KEY.search(key):
            event[key] = HIDDEN
        elif isinstance(value, str) and SECRET_TEXT.search(value):
            event[key] = SECRET_TEXT.sub(lambda match: f"{match[1] or match[2] or match[3]}{HIDDEN}", value)
    return event


def _as_text(render: Processor) -> Processor:
    """The same for the standard library, which writes text."""

    def rendered(logger: WrappedLogger, method: str, event: EventDict) -> str:
        line = render(logger, method, event)
        return line.decode() if isinstance(line, bytes) else str(line)

    return rendered


def _renderer(form: str) -> Processor:
    if form == "console":
        console = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
        return lambda *event: str(console(*event)).encode()
    return lambda _logger, _method, event: orjson.dumps(event, default=str)
