"""What is reported to Sentry is place and kind; here Sentry is a small server that keeps what it is sent."""

import gzip
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import sentry_sdk

from saas.kit import about, report
from saas.kit.errors import NotFound
from saas.kit.settings import settings
from tests.tenants.place import with_settings

Sent = list[dict[str, Any]]


@pytest.fixture
def sentry() -> Iterator[Sent]:
    """What arrived, in order."""
    arrived: Sent = []

    class Store(BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # the name that http.server asks for
            body = self.rfile.read(int(self.headers["content-length"]))
            if self.headers.get("content-encoding") == "gzip":
                body = gzip.decompress(body)
            arrived.extend(json.loads(line) for line in body.splitlines() if b'"exception"' in line)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Store)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    with with_settings(SAAS_SENTRY_DSN=f"http://key@127.0.0.1:{server.server_port}/1"):
        report.init(settings())
        yield arrived
    sentry_sdk.get_client().close()
    sentry_sdk.get_global_scope().set_client(None)
    server.shutdown()
    thread.join()
    server.server_close()


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


def test_without_a_dsn_nothing_is_set_up() -> None:
    report.init(settings())
    report.capture(NotFound("nothing listens"))
    assert not sentry_sdk.get_client().is_active()
