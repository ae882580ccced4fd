"""Unexpected errors are reported to Sentry, where one is set: place and kind, tenant and request id, nothing else."""

from typing import Any, cast

import sentry_sdk
from sentry_sdk.integrations.atexit import AtexitIntegration
from sentry_sdk.integrations.dedupe import DedupeIntegration
from sentry_sdk.types import Event, Hint

from saas.kit import about, faults, log, trace
from saas.kit.settings import Settings

_log = log.logger(__name__)
TOLD = {
    "event_id", "timestamp", "platform", "level", "environment", "release", "exception", "tags", "sdk", "server_name",
    "contexts", "message",
}  # fmt: skip
TOLD_OF_A_FRAME = {"filename", "abs_path", "function", "module", "lineno", "in_app"}


def init(settings: Settings) -> None:
    """Begin to report, where a DSN is set; call in each process, after the fork."""
    if settings.sentry_dsn is None:
        return
    sentry_sdk.init(
        dsn=settings.sentry_dsn.get_secret_value(),
        environment=settings.environment,
        # Only what we capture ourselves is sent: the integrations would take along requests, queries and breadcrumbs.
        default_integrations=False,
        auto_enabling_integrations=False,
        integrations=[AtexitIntegration(callback=lambda _pending, _timeout: None), DedupeIntegration()],
        max_breadcrumbs=0,
        max_request_body_size="never",
        include_local_variables=False,
        include_source_context=False,
        before_send=_strip,
    )


def capture(error: BaseException, **tags: str) -> None:
    """Tell of an error that nobody expected: in the log always, to Sentry where one is set."""
    _log.error("unexpected error", exc_info=error, **tags)
    with sentry_sdk.new_scope() as scope:
        for key, value in {**about.facts(), **tags}.items():
            scope.set_tag(key, value)
        scope.capture_exception(error)


def tell(message: str, **tags: str) -> None:
    """Tell operators of something that is no error of the program, in words that hold no values."""
    _log.warning(message, **tags)
    with sentry_sdk.new_scope() as scope:
        for key, value in {**about.facts(), **tags}.items():
            scope.set_tag(key, value)
        scope.capture_message(message, level="warning")


def flush(seconds: float = 2.0) -> None:
    """Wait until what was captured has left; call before a process ends."""
    sentry_sdk.flush(seconds)


def _strip(event: Event, hint: Hint) -> Event:
    """Keep only what is known to be harmless: the event may have gained anything from a new version of the library."""
    kept: dict[str, Any] = {key: value for key, value in event.items() if key in TOLD}
    # What the library would tell of the machine and of traces of its own is not wanted.
    kept["contexts"] = _traced()
    errors = faults.chain(hint["exc_info"][1]) if hint.get("exc_info") else []
    values = kept.get("exception", {}).get("values") or []
    # Sentry lists the innermost cause first; an error that is not in our chain is told without its message.
    for value, error in zip(reversed(values), [*errors, *[None] * len(values)], strict=False):
        value["value"] = faults.message(error) if error else ""
        value.pop("mechanism", None)
        for frame in (value.get("stacktrace") or {}).get("frames", []):
            for key in set(frame) - TOLD_OF_A_FRAME:
                del frame[key]
    return cast(Event, kept)


def _traced() -> dict[str, dict[str, str]]:
    """In which trace it happened, so that the report is found from the trace and the trace from the report."""
    told = trace.traceparent()
    if told is None:
        return {}
    _, trace_id, span_id, _ = told.split("-")
    return {"trace": {"trace_id": trace_id, "span_id": span_id}}
