"""A query asked again goes the fast way, with the same bytes; whatever else is asked goes the long way."""

import hashlib
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx2
import psycopg
import pytest

from saas.kit import about, log, metrics, report
from saas.kit.errors import TooComplex
from saas.modules.customers.contact import Contact
from saas.modules.customers.customer import Customer
from saas.modules.sales.opportunity import Opportunity
from saas.schema import fast
from tests.faults.running import api, lines
from tests.faults.test_figures import figures
from tests.plans.agreeing import reading
from tests.schema import fast_way
from tests.schema.fast_way import FAST, LONG, Ways, by_fields, code, fresh
from tests.tenants.place import with_settings
from tests.world import World, call

ways, short_way = fast_way.ways, fast_way.short_way
RESPONSE_JSON = "application/graphql-response+json"
HARD = 'Quote " back \\ slash, Zeile\n, 北京 \u2028 é 😀'
QUERIES = (
    "{ customers(first: 2) { nodes { id name code version createdAt isPartner address { formatted countryName } } } }",
    "{ customers(first: 2) { edges { cursor } pageInfo { hasNextPage endCursor } totalCount { value exact } } }",
    "{ __typename a: customers(first: 1) { __typename nodes { name } } b: contacts(last: 1) { nodes { name } } }",
    "{ customers { nodes { name contacts(first: 1) { nodes { name } } owner { name department { name } } } } }",
    "{ customers { nodes { creditLimit { amount currency } level { label } access { canUpdate hiddenFields } } } }",
    "{ opportunityGroups(by: [{ stage: VALUE }]) { nodes { count aggregate { amount { sum { amount } } } } } }",
    '{ customers(search: "zeile") { nodes { name } totalCount { value } } }',
    "query($id: ID!) { customer(id: $id) { name } node(id: $id) { __typename id } nodes(ids: [$id]) { id } }",
    "query($id: ID! = \"none\", $no: Boolean = false) { customer(id: $id) { name code @include(if: $no) } }",
)  # fmt: skip


@pytest.fixture(scope="module")
def hard(world: World) -> str:
    """A customer whose name is hard to write, with what hangs on it."""
    more = {
        "address_country": "DE",
        "address_city": "Köln",
        "credit_limit": Decimal(70),
        "owner_id": world.garage.sam.id,
    }
    id_ = world.garage.make(Customer, name=HARD, **more)
    world.garage.make(Contact, customer_id=id_, name="\\N")
    world.garage.make(Opportunity, customer_id=id_, amount=Decimal(5))
    return str(id_)


def given(query: str, id_: str) -> dict[str, Any] | None:
    return {"id": id_} if "$id" in query else None


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("name", ["ada", "sam", "rita"])
def test_the_second_time_it_goes_the_fast_way_with_the_same_bytes(
    world: World, hard: str, ways: Ways, query: str, name: str
) -> None:
    person = (world.garage if name != "rita" else world.rival).people[name]
    query = fresh(query)
    first_way, first = ways.of(person, query, given(query, hard))
    if "node(" in query and name == "rita":  # nobody finds it by one statement alone
        return
    assert first_way == [LONG]
    for _ in range(3):
        way, again = ways.of(person, query, given(query, hard))
        assert way == [FAST]
        assert (again.status_code, again.content) == (200, first.content)
        assert set(again.headers) == set(first.headers)
    assert by_fields(person, query, given(query, hard)).content == first.content


@pytest.mark.parametrize("way", ["session", "fields"])
def test_the_settings_may_leave_the_fast_way_out(world: World, ways: Ways, way: str) -> None:
    query = fresh("{ customers(first: 1) { totalCount { value } } }")
    with reading(way):
        assert [ways.of(world.garage.ada, query)[0] for _ in range(3)] == [[LONG]] * 3


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("{ viewer { name } }", "sam"),
        ("{ viewer { name } tags { nodes { name } } }", "sam"),
        ('{ __type(name: "Count") { name } }', "sam"),
        ("{ __schema { queryType { name } } tags { nodes { name } } }", "sam"),
        ("{ __typename }", "sam"),
        ("{ customers(first: 501) { nodes { id } } }", "ada"),
        ("{ tags { nodes { id } } customers(first: -1) { nodes { id } } }", "ada"),
        ("{ roles { nodes { name } } }", "sam"),
        ("{ customers { nodes { id } } }", "nick"),
        ('{ customers(after: "nonsense") { nodes { id } } }', "ada"),
        ('{ customer(id: "nonsense") { id } }', "ada"),
        ("{ customers { nodes { nothing } } }", "ada"),
        ("{ customers { nodes { id }", "ada"),
        ("query A { tags { nodes { id } } } query B { tags { nodes { id } } }", "ada"),
        ("subscription { customerChanged { id } }", "ada"),
        ("mutation { customerDelete(id: \"00000000-0000-8000-8000-000000000000\") { problems { code } } }", "ada"),
        ("query($n: Int!) { tags(first: $n) { nodes { id } } }", "ada"),
        (f"{{ customers {'{ nodes { contacts ' * 8}{{ nodes {{ id }} }}{' } }' * 8} }}", "ada"),
        ("{ customers(first: 500) { nodes { contacts(first: 500) { nodes { id } } } } }", "ada"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("accept", ["application/json", RESPONSE_JSON])
def test_what_goes_the_long_way_answers_as_field_by_field(
    world: World, ways: Ways, query: str, name: str, accept: str
) -> None:
    person, query = world.garage.people[name], fresh(query)
    for _ in range(3):
        way, answer = ways.of(person, query, accept=accept)
        assert way == [LONG]
        expected = by_fields(person, query, accept=accept)
        assert (answer.status_code, answer.content) == (expected.status_code, expected.content)


def test_a_mutation_never_goes_the_fast_way(world: World, ways: Ways) -> None:
    query = fresh(
        'mutation { customerCreate(input: { name: "Once each" }) { id customer { name } problems { code } } }'
    )
    for number in range(1, 4):
        way, answer = ways.of(world.garage.ada, query)
        assert way == [LONG]
        assert answer.json()["data"]["customerCreate"]["customer"] == {"name": "Once each"}
        told = world.sql(world.garage, "SELECT count(*) FROM customer WHERE name = 'Once each'")
        assert told == [(number,)]


def test_a_document_with_a_query_and_a_mutation(world: World, ways: Ways) -> None:
    query = fresh(
        "query Q { tags { nodes { id } } }"
        ' mutation M { customerDelete(id: "00000000-0000-8000-8000-000000000000") { id } }'
    )
    person = world.garage.ada
    for name, way in (("Q", [LONG]), ("Q", [FAST]), ("M", [LONG]), ("M", [LONG]), ("Q", [FAST]), (None, [LONG])):
        ways.taken.clear()
        person.http(query, operation=name)
        assert ways.taken == way, name


@pytest.mark.parametrize(
    ("variables", "way"),
    [({"n": 2}, [FAST]), ({"n": 2, "more": 1}, [FAST]), ({"n": "2"}, [LONG]), ({"n": None}, [LONG]), ({}, [LONG])],
)
def test_variables_of_the_wrong_type_take_the_long_way(
    world: World, ways: Ways, variables: dict[str, Any], way: list[str]
) -> None:
    query = fresh("query($n: Int!) { tags(first: $n) { nodes { id } } }")
    ways.known(world.garage.ada, query, {"n": 2})
    taken, answer = ways.of(world.garage.ada, query, variables)
    assert taken == way
    assert answer.content == by_fields(world.garage.ada, query, variables).content


# --- HTTP ---


def test_get_takes_the_long_way_and_head_is_refused(world: World, ways: Ways) -> None:
    query = fresh("{ products(first: 1) { nodes { id } } }")
    expected = ways.known(world.garage.sam, query)
    headers = {"authorization": f"Bearer {world.garage.sam.token}"}
    ways.taken.clear()
    answer = call("GET", "/graphql", params={"query": query}, headers=headers)
    assert (answer.status_code, answer.json()["data"], ways.taken) == (200, expected, [LONG])
    for method in ("HEAD", "PUT"):
        refused = call(method, "/graphql", headers=headers)
        assert (refused.status_code, refused.headers["allow"]) == (405, "GET, POST")


def test_the_newer_media_type_and_the_headers_of_every_answer(world: World, ways: Ways) -> None:
    query = fresh("{ products(first: 1) { nodes { id } } }")
    ways.known(world.garage.sam, query)
    way, answer = ways.of(world.garage.sam, query, None, accept=RESPONSE_JSON, **{"x-request-id": "mine-7"})
    assert (way, answer.status_code) == ([FAST], 200)
    assert answer.headers["content-type"] == f"{RESPONSE_JSON}; charset=utf-8"
    assert answer.headers["x-request-id"] == "mine-7"
    assert answer.headers["vary"] == "Accept"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-length"] == str(len(answer.content))
    way, refused = ways.of(world.garage.sam, query, accept="text/html")
    assert (way, refused.status_code, code(refused)) == ([], 406, "NOT_ACCEPTABLE")


def _by_id(world: World, id_: str) -> httpx2.Response:
    headers = {"authorization": f"Bearer {world.garage.sam.token}"}
    return call("POST", "/graphql", json={"documentId": id_}, headers=headers)


def test_a_persisted_document_goes_the_fast_way_by_its_id(world: World, ways: Ways) -> None:
    query = fresh("{ products(first: 1) { nodes { id name } } }")
    id_ = hashlib.sha256(query.encode()).hexdigest()
    headers = {"authorization": f"Bearer {world.garage.sam.token}"}
    first = call("POST", "/graphql", json={"documentId": id_, "query": query}, headers=headers)
    ways.taken.clear()
    again = _by_id(world, id_)
    assert (ways.taken, again.content) == ([FAST], first.content)
    rita = call("POST", "/graphql", json={"documentId": id_}, headers={"authorization": f"Bearer {_rita(world)}"})
    assert code(rita) == "PERSISTED_DOCUMENT_NOT_FOUND"


def _rita(world: World) -> str:
    world.rival.rita.ask("{ viewer { name } }")
    return world.rival.rita.token


@pytest.mark.parametrize("id_", ["me", "0" * 64, "sha256:", ""])
def test_a_wrong_document_id_is_told_as_on_the_long_way(world: World, id_: str) -> None:
    world.garage.sam.ask("{ viewer { name } }")  # the token is remembered
    told = _by_id(world, id_)
    with reading("fields"):
        expected = _by_id(world, id_)
    assert (told.status_code, told.content) == (expected.status_code, expected.content)


# --- What breaks ---


def test_a_bug_is_masked_and_reported(world: World, ways: Ways, monkeypatch: pytest.MonkeyPatch) -> None:
    captured: list[BaseException] = []
    monkeypatch.setattr(report, "capture", captured.append)
    query = fresh("{ products(first: 1) { nodes { id } } }")
    ways.known(world.garage.sam, query)

    async def breaks(*_: Any) -> Any:
        raise RuntimeError("the secret of the house")

    monkeypatch.setattr(fast, "read", breaks)
    answer = world.garage.sam.http(query, accept=RESPONSE_JSON)
    assert answer.status_code == 500
    assert answer.json() == {
        "errors": [
            {
                "message": "Something went wrong on our side.",
                "extensions": {
                    "code": "INTERNAL",
                    "remedy": "Tell the operator the requestId; the log has the rest.",
                    "requestId": answer.headers["x-request-id"],
                },
            }
        ]
    }
    assert answer.headers["content-type"] == f"{RESPONSE_JSON}; charset=utf-8"
    assert [str(each) for each in captured] == ["the secret of the house"]


@pytest.mark.parametrize("error", [psycopg.errors.UndefinedColumn, psycopg.DataError, psycopg.errors.DivisionByZero])
def test_a_refused_statement_is_answered_by_the_long_way(
    world: World, ways: Ways, monkeypatch: pytest.MonkeyPatch, error: type[psycopg.Error]
) -> None:
    query = fresh("{ products(first: 1) { nodes { id } } }")
    expected = ways.known(world.garage.sam, query)

    async def refuses(*_: Any) -> Any:
        raise error("secret column")

    monkeypatch.setattr(fast, "read", refuses)
    way, answer = ways.of(world.garage.sam, query)
    assert (way, answer.status_code, answer.json()["data"]) == ([LONG], 200, expected)
    assert len(answer.headers.get_list("ratelimit")) == 1


def test_a_statement_that_took_too_long_is_not_tried_again(
    world: World, ways: Ways, monkeypatch: pytest.MonkeyPatch
) -> None:
    query = fresh("{ products(first: 1) { nodes { id } } }")
    ways.known(world.garage.sam, query)

    async def times_out(*_: Any) -> Any:
        raise psycopg.errors.QueryCanceled("canceling statement due to statement timeout")

    monkeypatch.setattr(fast, "read", times_out)
    way, answer = ways.of(world.garage.sam, query)
    assert (way, answer.status_code, code(answer)) == ([], TooComplex.status, "TOO_COMPLEX")
    (error,) = answer.json()["errors"]
    assert error["message"] == "The operation took too long and was stopped."


# --- What is told of it ---


def test_the_log_and_the_figures_tell_the_same_of_either_way(
    world: World, ways: Ways, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[dict[str, Any]] = []
    counted: list[tuple[Any, ...]] = []
    monkeypatch.setattr(log, "request_done", lambda _source, facts, **more: told.append({**facts, **more}))
    monkeypatch.setattr(metrics, "request_done", lambda *figures: counted.append(figures))
    before = dict(about.facts())  # of another test, which had no request to end
    query = fresh("{ products(first: 1) { nodes { id } } }")
    taken = [ways.of(world.garage.sam, query, None, **{"x-request-id": f"r-{number}"})[0] for number in range(3)]
    assert taken == [[LONG], [FAST], [FAST]]
    assert all(each.pop("ms") > 0 for each in told)
    assert {len(each.pop("trace_id")) for each in told} == {32}
    same = {"tenant": "garage", "operation": "query", "method": "POST", "path": "/graphql", "status": 200}
    assert told == [{"request_id": f"r-{number}", **same} for number in range(3)]
    assert [figures[:3] for figures in counted] == [("graphql", "query", 200)] * 3
    assert about.facts() == before


def test_a_server_logs_and_counts_what_goes_the_fast_way(world: World, tmp_path: Path) -> None:
    path = tmp_path / "log"
    with api(path) as served:
        answers = [served.graphql(world.garage.sam.token, "{ products { nodes { name } } }") for _ in range(4)]
        seen = figures(served)
    assert len({answer.content for answer in answers}) == 1
    assert seen['atrium_requests_total{door="graphql",operation="query",status="200"}'] == 4
    assert seen['atrium_request_seconds_count{door="graphql",operation="query"}'] == 4
    told = [line for line in lines(path) if line.get("path") == "/graphql"]
    assert [line["request_id"] for line in told] == [answer.headers["x-request-id"] for answer in answers]
    assert {json.dumps([line[name] for name in ("tenant", "operation", "status", "level")]) for line in told} == {
        '["garage", "query", 200, "info"]'
    }
    assert len({tuple(sorted(line)) for line in told}) == 1


def test_a_fresh_process_takes_the_long_way_once(world: World, ways: Ways) -> None:
    query = fresh("{ products(first: 1) { nodes { id } } }")
    ways.known(world.garage.sam, query)
    with with_settings(SAAS_READERS="1"):  # forgets who holds which token
        assert [ways.of(world.garage.sam, query)[0] for _ in range(3)] == [[LONG], [FAST], [FAST]]
