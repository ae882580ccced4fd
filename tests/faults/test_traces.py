"""One trace from a client through API, transaction, job and mail, as a collector and the logs of both have it."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from saas.modules.organisation.employee import Employee
from tests.embedded.conftest import until
from tests.faults.running import api, lines, process
from tests.kit.collector import Arrived, Collector, collecting
from tests.world import World

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
FROM_A_CLIENT = {"traceparent": f"00-{TRACE}-{SPAN}-00"}
SECRET = "guest.of.miller@garage.test"
INVITE = """
    mutation Invite($input: InvitationCreateInput!) {
      x: invitationCreate(input: $input) { id problems { message } }
    }"""


@pytest.fixture
def collector() -> Iterator[Collector]:
    with collecting() as found:
        yield found


def place_of(spans: list[Arrived]) -> dict[str, str]:
    """The way from the outermost span to each, by names."""
    by_id = {each.span_id: each for each in spans}

    def way(span: Arrived) -> str:
        outer = by_id.get(span.parent_id)
        return span.name if outer is None else f"{way(outer)} > {span.name}"

    return {way(each): each.span_id for each in spans}


def test_one_trace_goes_through_api_job_and_mail(world: World, collector: Collector, tmp_path: Path) -> None:
    settings = {"SAAS_OTLP_ENDPOINT": collector.url, "SAAS_TRACE_RATIO": "1", "SAAS_LOG_LEVEL": "info"}
    employee = world.garage.make(Employee, email=SECRET)
    with (
        api(tmp_path / "api", **settings) as served,
        process(tmp_path / "worker", "tests.workers.worker_process", **settings),
    ):
        asked = {"employeeId": str(employee)}
        answer = served.graphql(world.garage.ada.token, INVITE, headers=FROM_A_CLIENT, input=asked)
        assert answer.json()["data"]["x"]["problems"] == []
        until(lambda: any(each.name == "job" for each in collector.of(TRACE)), "the job has arrived", seconds=30)
    spans = collector.of(TRACE)
    ways = place_of(spans)
    job = "request > transaction > enqueue > job"
    assert {"request", "request > transaction", "request > transaction > enqueue", job} <= ways.keys()
    assert any(way.startswith(job) and way.endswith(" > mail") for way in ways)
    (request,) = [each for each in spans if each.name == "request"]
    assert (request.parent_id, request.kind) == (SPAN, 2)
    assert request.attributes == {
        "atrium.door": "graphql",
        "atrium.operation": "mutation",
        "atrium.request_id": answer.headers["x-request-id"],
        "atrium.tenant": "garage",
        "graphql.operation.name": "Invite",
        "graphql.operation.type": "mutation",
        "http.request.method": "POST",
        "http.response.status_code": 200,
    }
    (done,) = [each.attributes for each in spans if each.name == "job"]
    told = (done["atrium.task"], done["atrium.kind"], done["atrium.attempt"], done["atrium.outcome"])
    assert told == ("invitation_send", "atomic", 1, "done")
    for log in ("api", "worker"):
        of_request = [each for each in lines(tmp_path / log) if each.get("trace_id") == TRACE]
        assert {each["request_id"] for each in of_request} == {answer.headers["x-request-id"]}
    everything = json.dumps([each.attributes for each in collector.spans])
    assert [each for each in (SECRET, world.garage.ada.token, "SELECT") if each in everything] == []


def test_a_query_of_the_short_way_is_a_request_with_a_statement(
    world: World, collector: Collector, tmp_path: Path
) -> None:
    query = "query Names { customers { nodes { name } } }"
    headers = {"traceparent": f"00-{TRACE}-{SPAN}-01"}
    with api(tmp_path / "log", SAAS_OTLP_ENDPOINT=collector.url, SAAS_TRACE_RATIO="1") as served:
        for _ in range(3):
            assert "errors" not in served.graphql(world.garage.sam.token, query).json()
        assert "errors" not in served.graphql(world.garage.sam.token, query, headers=headers).json()
    ways = place_of(collector.of(TRACE))
    assert ways.keys() == {"request", "request > statement"}
    (request,) = [each for each in collector.of(TRACE) if each.name == "request"]
    assert request.attributes["graphql.operation.name"] == "Names"


def test_what_is_not_drawn_is_not_recorded_and_goes_on_all_the_same(
    world: World, collector: Collector, tmp_path: Path
) -> None:
    headers = {"traceparent": f"00-{TRACE}-{SPAN}-01"}
    with api(tmp_path / "log", SAAS_OTLP_ENDPOINT=collector.url, SAAS_TRACE_RATIO="0") as served:
        served.graphql(world.garage.sam.token, "{ viewer { name } }", headers=headers)
    assert collector.spans == []
    assert [each["event"] for each in lines(tmp_path / "log") if each.get("trace_id") == TRACE] == ["request"]
