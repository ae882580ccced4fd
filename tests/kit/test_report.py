"""What is reported to Sentry is place and kind; here Sentry is a small server that keeps what it is sent."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import sentry_sdk

from saas.kit import about, report, trace
from saas.kit.errors import NotFound
from saas.kit.settings import settings
from tests.kit.sentry_server import Sent, sentry_server
from tests.tenants.place import with_settings


@pytest.fixture
def sentry() -> Iterator[Sent]:
    """What arrived, in order."""
    with sentry_server() as (dsn, arrived):
        with with_settings(SAAS_SENTRY_DSN=dsn):
            report.init(settings())
            yield arrived
        sentry_sdk.get_client().close()
        sentry_sdk.get_global_scope().set_client(None)


def accept(quote: str) -> None:
    customer_name = "Miller"
    try:
        int(customer_name)
    except ValueError as cause:
        raise NotFound(f"There is no quote {quote}.") from cause


def captured(sentry: Sent) -> dict[str, Any]:
    about.start(request_id="r-1", tenant="acme")
    try:
        accept("7")
    except NotFound as error:
        report.capture(error, job="42")
    report.flush()
    (event,) = sentry
    return event


def test_a_report_names_tenant_request_and_kind(sentry: Sent) -> None:
    event = captured(sentry)
    assert event["tags"] == {"request_id": "r-1", "tenant": "acme", "job": "42"}
    assert event["environment"] == "test"
    cause, error = event["exception"]["values"]
    assert (error["type"], error["value"]) == ("NotFound", "There is no quote 7.")
    assert (cause["type"], cause["value"]) == ("ValueError", "")
    assert error["stacktrace"]["frames"][-1]["function"] == "accept"


def test_a_report_holds_no_value_and_nothing_that_we_did_not_choose(sentry: Sent) -> None:
    event = captured(sentry)
    assert "Miller" not in json.dumps(event)
    assert set(event) <= report.TOLD
    frames = [frame for value in event["exception"]["values"] for frame in value["stacktrace"]["frames"]]
    assert all(set(frame) <= report.TOLD_OF_A_FRAME for frame in frames)


def test_a_report_stands_in_the_trace_of_its_request_and_tells_no_more_of_the_machine(sentry: Sent) -> None:
    trace_id, span_id = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
    with trace.continued(f"00-{trace_id}-{span_id}-01"):
        event = captured(sentry)
    assert event["contexts"] == {"trace": {"trace_id": trace_id, "span_id": span_id}}


def test_operators_are_told_in_our_own_words(sentry: Sent) -> None:
    about.start(tenant="acme")
    report.tell("an invariant is broken", invariant="superior_closure_matches")
    report.flush()
    (event,) = sentry
    assert (event["message"], event["level"]) == ("an invariant is broken", "warning")
    assert event["tags"] == {"tenant": "acme", "invariant": "superior_closure_matches"}
    assert set(event) <= report.TOLD


def test_without_a_dsn_nothing_is_set_up() -> None:
    report.init(settings())
    report.capture(NotFound("nothing listens"))
    assert not sentry_sdk.get_client().is_active()
