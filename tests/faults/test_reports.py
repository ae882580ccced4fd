"""From a fault in a running process to Sentry and the log: tenant and request id arrive, values do not."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from saas.engine.scope import open_scope
from saas.kit import trace
from saas.tenants.cells import as_owner
from tests.embedded.conftest import until
from tests.faults.running import api, lines, process
from tests.kit.sentry_server import Sent, sentry_server
from tests.workers.marks import mark_fail
from tests.world import World

SECRET = "Miller and sons"


@pytest.fixture
def sentry() -> Iterator[tuple[str, Sent]]:
    with sentry_server() as (dsn, arrived):
        yield dsn, arrived


@pytest.fixture
def table_gone(world: World) -> Iterator[None]:
    """The programs do not find a table that they need."""
    world.sql(world.garage, "ALTER TABLE product RENAME TO elsewhere")
    yield
    world.sql(world.garage, "ALTER TABLE elsewhere RENAME TO product")


def error_of(event: dict[str, Any]) -> tuple[str, str]:
    """Kind and message of the error that was caught."""
    error = event["exception"]["values"][-1]
    return error["type"], error["value"]


@pytest.mark.usefixtures("table_gone")
@pytest.mark.parametrize("processes", ["1", "2"])
def test_a_bug_in_the_api_reaches_sentry_and_the_log(
    world: World, sentry: tuple[str, Sent], tmp_path: Path, processes: str
) -> None:
    dsn, arrived = sentry
    query = f'{{ products(filter: {{ name: {{ eq: "{SECRET}" }} }}) {{ nodes {{ id }} }} }}'
    with api(tmp_path / "log", "--processes", processes, SAAS_SENTRY_DSN=dsn) as served:
        answer = served.graphql(world.garage.ada.token, query)
        assert answer.json()["errors"][0]["extensions"]["code"] == "INTERNAL"
        until(lambda: bool(arrived), "the event has arrived", seconds=20)
    request_id = answer.headers["x-request-id"]
    (event,) = arrived
    trace_id = event["tags"].pop("trace_id")
    assert event["tags"] == {"tenant": "garage", "request_id": request_id, "operation": "query"}
    assert event["contexts"]["trace"].keys() == {"trace_id", "span_id"}
    assert event["contexts"]["trace"]["trace_id"] == trace_id
    assert event["environment"] == "test"
    assert error_of(event) == ("ProgrammingError", "SQLSTATE 42P01")
    told = [line for line in lines(tmp_path / "log") if line.get("request_id") == request_id]
    events = ["a plan was refused", "unexpected error", "request"]  # field by field it is told what is wrong
    assert [(line["event"], line["tenant"]) for line in told] == [(event, "garage") for event in events]
    assert {line["trace_id"] for line in told} == {trace_id}
    assert (told[2]["path"], told[2]["status"]) == ("/graphql", 200)
    for text_ in (json.dumps(event), json.dumps(told)):
        assert SECRET not in text_
        assert world.garage.ada.token not in text_


def test_what_is_expected_is_no_event_and_its_line_has_tenant_and_request_id(
    world: World, sentry: tuple[str, Sent], tmp_path: Path
) -> None:
    dsn, arrived = sentry
    with api(tmp_path / "log", SAAS_SENTRY_DSN=dsn) as served:
        answer = served.graphql(world.garage.sam.token, "{ viewer { name } }")
        assert served.graphql("nonsense", "{ viewer { name } }").status_code == 401
    (line,) = [line for line in lines(tmp_path / "log") if line.get("request_id") == answer.headers["x-request-id"]]
    assert (line["event"], line["tenant"], line["operation"], line["status"]) == ("request", "garage", "query", 200)
    assert arrived == []


def test_a_job_that_fails_reaches_sentry_and_the_log(world: World, sentry: tuple[str, Sent], tmp_path: Path) -> None:
    dsn, arrived = sentry
    tenant = world.garage.tenant
    with as_owner(tenant.cell) as connection:
        connection.execute(text(f'CREATE TABLE IF NOT EXISTS "{tenant.schema}".mark (id uuid PRIMARY KEY, name text)'))
    trace_id = trace.begin().trace_id
    with open_scope(tenant, None, write=True, request_id="asked-7") as scope:
        job_id = scope.later(mark_fail, name=SECRET)
    with process(tmp_path / "log", "tests.workers.worker_process", SAAS_SENTRY_DSN=dsn, SAAS_LOG_LEVEL="info"):
        until(lambda: len(arrived) == 2, "both attempts are reported", seconds=30)
    for event in arrived:
        assert event["tags"] == {
            "door": "worker",
            "tenant": "garage",
            "job": str(job_id),
            "task": "mark_fail",
            "request_id": "asked-7",
            "trace_id": trace_id,
        }
        assert event["contexts"]["trace"]["trace_id"] == trace_id
        assert error_of(event) == ("ValueError", "")
    told = [line for line in lines(tmp_path / "log") if line.get("job") == str(job_id)]
    asked = {(line["tenant"], line["request_id"], line["trace_id"]) for line in told}
    assert asked == {("garage", "asked-7", trace_id)}
    assert [line["event"] for line in told if line["event"].startswith("job ")] == [
        "job failed", "job failed", "job failed", "job dead",
    ]  # fmt: skip
    for text_ in (json.dumps(arrived), json.dumps(told)):
        assert SECRET not in text_
        assert "the secret of the customer" not in text_
