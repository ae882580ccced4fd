"""Spans on their way to a collector: OpenTelemetry's SDK, in batches and within bounds. Imported where it is wanted.

What does not fit into the queue is lost, and so is what a collector does not take: requests and jobs never wait for it.
"""

import threading
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from urllib.parse import unquote, urlsplit

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.trace.sampling import ALWAYS_ON
from opentelemetry.trace import Link, NonRecordingSpan, Span, SpanContext, SpanKind, TraceFlags, set_span_in_context
from opentelemetry.trace.status import Status, StatusCode

from saas.kit.errors import BadConfig
from saas.kit.settings import Settings
from saas.kit.trace import Attribute, Kind, Place

_PATH = "/v1/traces"
_EVERY_MS = 2000
_PATIENCE = 5.0  # seconds that a collector may take for a batch
_WAITING = 4096  # spans
_AT_ONCE = 512


def recorder(settings: Settings) -> "SpanRecorder":
    """Records for the collector of these settings; BadConfig where they name none."""
    return SpanRecorder(settings)


class SpanRecorder:
    """All spans of one process."""

    def __init__(self, settings: Settings) -> None:
        resource = {
            "service.name": "atrium",
            "service.version": _version(),
            "deployment.environment.name": settings.environment,
        }
        self._ids = _Ids()
        # What is recorded was chosen before: see trace.begin.
        self._provider = TracerProvider(
            sampler=ALWAYS_ON, resource=Resource(resource), id_generator=self._ids, shutdown_on_exit=False
        )
        exporter = OTLPSpanExporter(_address(settings), headers=_headers(settings), timeout=_PATIENCE)
        self._batches = BatchSpanProcessor(
            exporter, max_queue_size=_WAITING, schedule_delay_millis=_EVERY_MS, max_export_batch_size=_AT_ONCE
        )
        self._provider.add_span_processor(self._batches)
        self._tracer = self._provider.get_tracer("atrium")

    def begin(self, name: str, within: Place, kind: Kind, attributes: Mapping[str, Attribute]) -> "BegunSpan":
        """A span inside of this place, or the first of its trace."""
        links = [Link(_context(within.link))] if within.link else []
        if within.span_id:
            parent = set_span_in_context(NonRecordingSpan(_context(within)), Context())
            links = []
        else:
            parent = Context()
            self._ids.next.trace_id = int(within.trace_id, 16)
        span = self._tracer.start_span(name, parent, SpanKind[kind], attributes=_named(attributes), links=links)
        return BegunSpan(span, within)

    def flush(self, seconds: float) -> None:
        """Send what waits; a collector that does not answer is not waited for any longer."""
        last = threading.Thread(target=self._provider.shutdown, name="last spans", daemon=True)
        last.start()
        last.join(seconds)


class BegunSpan:
    """A span of OpenTelemetry, as `trace` wants it."""

    __slots__ = ("_span", "place")

    def __init__(self, span: Span, within: Place) -> None:
        self._span = span
        self.place = Place(within.trace_id, f"{span.get_span_context().span_id:016x}", is_sampled=True, begun=self)

    def note(self, **attributes: Attribute) -> None:
        """Add attributes."""
        self._span.set_attributes(_named(attributes))

    def end(self, failure: str | None) -> None:
        """It is over; of an error its kind is told, never what it says."""
        if failure is not None:
            self._span.set_attribute("error.type", failure)
            self._span.set_status(Status(StatusCode.ERROR))
        self._span.end()


class _Ids(RandomIdGenerator):
    """The first span of a trace gets the id that the log has told already."""

    def __init__(self) -> None:
        self.next = threading.local()

    def generate_trace_id(self) -> int:
        """The trace that is about to begin in this thread."""
        return int(self.next.trace_id)


def _context(place: Place) -> SpanContext:
    return SpanContext(int(place.trace_id, 16), int(place.span_id, 16), is_remote=True, trace_flags=TraceFlags(1))


def _named(attributes: Mapping[str, Attribute]) -> dict[str, Attribute]:
    """Names of our own stand in a space of our own; those with two underscores are OpenTelemetry's."""
    return {name.replace("__", ".") if "__" in name else f"atrium.{name}": value for name, value in attributes.items()}


def _address(settings: Settings) -> str:
    given = settings.otlp_endpoint or ""
    return given if urlsplit(given).path.strip("/") else given.rstrip("/") + _PATH


def _headers(settings: Settings) -> dict[str, str]:
    told = settings.otlp_headers.get_secret_value() if settings.otlp_headers else ""
    pairs = [each.partition("=") for each in told.split(",") if each.strip()]
    if not all(name.strip() and sign for name, sign, _ in pairs):
        raise BadConfig("SAAS_OTLP_HEADERS is no list of headers.", remedy="Write name=value,name=value.")
    return {name.strip(): unquote(value.strip()) for name, _, value in pairs}


def _version() -> str:
    try:
        return version("atrium")
    except PackageNotFoundError:  # run from its folder
        return "0"
