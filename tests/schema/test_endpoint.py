"""The GraphQL door over HTTP: statuses, headers and errors of what goes right and what does not."""

from collections.abc import AsyncIterator

import httpx2
import psycopg
import pytest

from saas.engine.access.profile import forget_profiles
from saas.kit import report
from saas.kit.errors import Unavailable
from saas.kit.settings import settings
from saas.modules.customers.customer import Customer
from saas.tenants.provision import resume, suspend
from saas.tenants.sign_in import forget_callers, issue_token, sign_out
from tests.tenants.place import until
from tests.world import World, call

JSON = "application/json"
RESPONSE_JSON = "application/graphql-response+json"
VIEWER = {"query": "{ viewer { name } }"}
WHERE = 'resource_metadata="http://127.0.0.1:8000/.well-known/oauth-protected-resource/graphql"'  # RFC 9728


def headers(world: World, **more: str) -> dict[str, str]:
    return {"authorization": f"Bearer {world.garage.sam.token}"} | {k.replace("_", "-"): v for k, v in more.items()}


def code(answer: httpx2.Response) -> str:
    (error,) = answer.json()["errors"]
    return str(error["extensions"]["code"])


def test_an_answer_carries_data_type_length_and_request_id(world: World) -> None:
    answer = world.garage.sam.http(VIEWER["query"])
    assert (answer.status_code, answer.json()["data"]) == (200, {"viewer": {"name": "sam"}})
    assert answer.headers["content-type"] == f"{JSON}; charset=utf-8"
    assert answer.headers["vary"] == "Accept"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-length"] == str(len(answer.content))
    assert answer.headers["x-request-id"]


def test_the_newer_media_type_is_answered_to_who_asks_for_it(world: World) -> None:
    answer = world.garage.sam.http(VIEWER["query"], accept=RESPONSE_JSON)
    assert (answer.status_code, answer.headers["content-type"]) == (200, f"{RESPONSE_JSON}; charset=utf-8")


def test_a_query_may_come_by_get(world: World) -> None:
    answer = call("GET", "/graphql", params=VIEWER, headers=headers(world))
    assert (answer.status_code, answer.json()["data"]) == (200, {"viewer": {"name": "sam"}})


def test_a_mutation_by_get_is_405_and_nothing_happens(world: World) -> None:
    query = 'mutation { customerCreate(input: { name: "By GET" }) { id } }'
    answer = call("GET", "/graphql", params={"query": query}, headers=headers(world))
    assert (answer.status_code, code(answer), answer.headers["allow"]) == (405, "METHOD_NOT_ALLOWED", "POST")
    assert world.sql(world.garage, "SELECT count(*) FROM customer WHERE name = 'By GET'") == [(0,)]


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"])
def test_other_methods_are_405(world: World, method: str) -> None:
    answer = call(method, "/graphql", headers=headers(world))
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, POST")


def test_what_nobody_can_read_is_406(world: World) -> None:
    answer = call("POST", "/graphql", json=VIEWER, headers=headers(world, accept="text/html"))
    assert (answer.status_code, code(answer)) == (406, "NOT_ACCEPTABLE")


def test_another_content_type_is_415(world: World) -> None:
    answer = call("POST", "/graphql", content=b"{}", headers=headers(world, content_type="text/plain"))
    assert (answer.status_code, code(answer)) == (415, "UNSUPPORTED_MEDIA_TYPE")


def test_bad_json_is_400(world: World) -> None:
    answer = call("POST", "/graphql", content=b'{"query": ', headers=headers(world, content_type=JSON))
    assert (answer.status_code, code(answer)) == (400, "BAD_INPUT")


def test_too_large_a_body_is_413_announced_or_not(world: World) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b" " * 100_000

    announced = call("POST", "/graphql", content=b" " * 1_100_000, headers=headers(world, content_type=JSON))
    streamed = call("POST", "/graphql", content=chunks(), headers=headers(world, content_type=JSON))
    assert (announced.status_code, streamed.status_code) == (413, 413)
    assert code(streamed) == "TOO_LARGE"


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("{", "Syntax Error: Expected Name, found <EOF>."),
        ("{ nothing }", "Cannot query field 'nothing' on type 'Query'."),
        ("{ viewer { nam } }", "Cannot query field 'nam' on type 'Viewer'."),
        (
            "{ customers(filter: {nam: {eq: 1}}) { nodes { id } } }",
            "Expected value of type 'CustomerFilter' not to include unknown field 'nam', found: { nam: { eq: 1 } }.",
        ),
        ("{ customers(trash: EXCLUD) { nodes { id } } }", "Value 'EXCLUD' does not exist in 'Trash' enum."),
        ("query A { viewer { id } } query B { viewer { id } }", "The document has several operations."),
        ("fragment F on Viewer { id }", "Fragment 'F' is never used."),
        ("subscription { customerChanged { id } }", "A subscription cannot come by plain HTTP."),
    ],
)  # fmt: skip
def test_an_invalid_document_is_told_plainly_and_without_hints(world: World, query: str, message: str) -> None:
    for accept, status in ((JSON, 200), (RESPONSE_JSON, 400)):
        answer = world.garage.sam.http(query, accept=accept)
        assert (answer.status_code, code(answer)) == (status, "BAD_INPUT")
        (error,) = answer.json()["errors"]
        assert "data" not in answer.json()
        assert error["message"] == message


def test_an_unknown_operation_name_is_bad_input(world: World) -> None:
    body = {"query": "query A { viewer { id } }", "operationName": "B"}
    answer = call("POST", "/graphql", json=body, headers=headers(world, accept=RESPONSE_JSON))
    assert (answer.status_code, code(answer)) == (400, "BAD_INPUT")
    assert answer.json()["errors"][0]["message"] == "There is no operation named 'B'."


@pytest.mark.parametrize(
    "variables",
    [{}, {"n": "5"}, {"n": 2.5}, {"n": [1]}, {"n": {}}, {"n": True}, {"n": 2**31}, {"n": 10**30}, {"n": None}],
)
def test_variables_of_the_wrong_type_are_bad_input(world: World, variables: dict[str, object]) -> None:
    query = "query($n: Int!) { customers(first: $n) { nodes { id } } }"
    answer = world.garage.sam.http(query, variables, accept=RESPONSE_JSON)
    assert (answer.status_code, code(answer)) == (400, "BAD_INPUT")
    assert "$n" in answer.json()["errors"][0]["message"]


def test_a_field_that_fails_leaves_the_others_standing(world: World) -> None:
    answer = world.garage.sam.http("{ viewer { name } customers(first: 501) { nodes { id } } }", accept=RESPONSE_JSON)
    assert answer.status_code == 200
    assert answer.json() == {
        "data": {"viewer": {"name": "sam"}, "customers": None},
        "errors": [
            {
                "message": "first must be between 0 and 500, not 501.",
                "locations": [{"line": 1, "column": 19}],
                "path": ["customers"],
                "extensions": {"code": "BAD_INPUT", "path": ["first"]},
            }
        ],
        "extensions": {"cost": {"records": 500, "maxRecords": 50_000, "fields": 5, "depth": 3}},
    }


# --- tokens ---


def test_no_token_is_401_with_a_challenge(world: World) -> None:
    answer = call("POST", "/graphql", json=VIEWER)
    assert (answer.status_code, code(answer)) == (401, "UNAUTHENTICATED")
    assert answer.headers["www-authenticate"] == f'Bearer realm="atrium", {WHERE}'


@pytest.mark.parametrize(
    "authorization",
    ["Bearer", "Bearer ", "Bearer x y", "Basic c2FtOnNhbQ==", "Bearer " + "a" * 43, "Bearer \xff", "x" * 9_000],
)
def test_a_token_that_is_none_is_401(world: World, authorization: str) -> None:
    answer = call("POST", "/graphql", json=VIEWER, headers={"authorization": authorization.encode("latin-1")})
    assert (answer.status_code, code(answer)) == (401, "UNAUTHENTICATED")
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]


def test_an_expired_token_is_401(world: World) -> None:
    sam = world.garage.sam
    token = issue_token(sam.tenant, sam.id, -1).token
    answer = call("POST", "/graphql", json=VIEWER, headers={"authorization": f"Bearer {token}"})
    assert (answer.status_code, code(answer)) == (401, "UNAUTHENTICATED")


def test_a_token_that_was_ended_is_401(world: World) -> None:
    sam = world.garage.sam
    token = issue_token(sam.tenant, sam.id, 1).token
    sign_out(token)
    answer = call("POST", "/graphql", json=VIEWER, headers={"authorization": f"Bearer {token}"})
    assert (answer.status_code, code(answer)) == (401, "UNAUTHENTICATED")


def test_a_token_reads_its_own_company_only(world: World) -> None:
    id_ = world.garage.make(Customer, name="Of the garage")
    query = "query($id: ID!) { viewer { tenant { slug } } customer(id: $id) { id } node(id: $id) { id } }"
    assert world.rival.rita.ask(query, id=str(id_)) == {
        "viewer": {"tenant": {"slug": "rival"}},
        "customer": None,
        "node": None,
    }
    assert world.garage.ada.ask(query, id=str(id_))["customer"] == {"id": str(id_)}


# --- what breaks on our side ---


def test_a_bug_is_masked_and_reported_with_its_request_id(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    captured: list[BaseException] = []
    monkeypatch.setattr(report, "capture", captured.append)
    world.sql(world.garage, "ALTER TABLE product RENAME COLUMN name TO secret_column")
    try:
        answer = world.garage.ada.http("{ products { nodes { name } } }")
    finally:
        world.sql(world.garage, "ALTER TABLE product RENAME COLUMN secret_column TO name")
    assert answer.status_code == 200
    assert answer.json()["data"] == {"products": None}
    (error,) = answer.json()["errors"]
    assert error == {
        "message": "Something went wrong on our side.",
        "locations": [{"line": 1, "column": 3}],
        "path": ["products"],
        "extensions": {
            "code": "INTERNAL",
            "remedy": "Tell the operator the requestId; the log has the rest.",
            "requestId": answer.headers["x-request-id"],
        },
    }
    assert isinstance(captured[0].__cause__, psycopg.errors.UndefinedColumn)


def test_a_bug_before_the_first_field_is_500_in_the_form_of_graphql(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report, "capture", lambda _error: None)
    forget_profiles()
    world.sql(world.garage, "ALTER TABLE principal_role RENAME COLUMN role_id TO secret_column")
    try:
        answer = world.garage.sam.http("{ viewer { name } }", accept=RESPONSE_JSON)
    finally:
        world.sql(world.garage, "ALTER TABLE principal_role RENAME COLUMN secret_column TO role_id")
    assert (answer.status_code, code(answer)) == (500, "INTERNAL")
    assert answer.headers["content-type"] == f"{RESPONSE_JSON}; charset=utf-8"
    assert "secret_column" not in answer.text
    assert answer.json()["errors"][0]["extensions"]["requestId"] == answer.headers["x-request-id"]


def test_a_suspended_tenant_is_503_and_the_other_one_works_on(world: World) -> None:
    suspend(world.garage.tenant)
    try:
        answer = world.garage.sam.http("{ viewer { name } }")
        assert (answer.status_code, code(answer)) == (503, "TENANT_UNAVAILABLE")
        assert answer.headers["retry-after"] == "5"
        assert world.rival.rita.ask("{ viewer { name } }") == {"viewer": {"name": "rita"}}
    finally:
        resume(world.garage.tenant)
        forget_callers()  # whoever was refused is, for some seconds
    assert world.garage.sam.ask("{ viewer { name } }") == {"viewer": {"name": "sam"}}


def test_a_tenant_that_is_behind_is_503_and_the_other_one_works_on(world: World) -> None:
    ((version,),) = world.sql(world.garage, "SELECT schema_version FROM stamp")
    world.sql(world.garage, "UPDATE stamp SET schema_version = 0")
    try:
        answer = world.garage.sam.http("{ viewer { name } }")
        assert (answer.status_code, code(answer)) == (503, "TENANT_UNAVAILABLE")
        assert world.rival.rita.ask("{ viewer { name } }") == {"viewer": {"name": "rita"}}
    finally:
        world.sql(world.garage, "UPDATE stamp SET schema_version = %s", version)
    assert world.garage.sam.ask("{ viewer { name } }") == {"viewer": {"name": "sam"}}


def test_connections_that_postgres_ended_are_replaced_without_a_restart(world: World) -> None:
    world.garage.sam.ask("{ viewer { name } }")
    ended = (
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = 'atrium_app' AND datname = %s"
    )
    ((count,),) = world.sql(world.garage, ended, world.cell)
    assert count >= 1
    assert world.garage.sam.ask("{ viewer { name } }") == {"viewer": {"name": "sam"}}


def test_a_lost_postgres_is_503_without_its_address(world: World) -> None:
    world.garage.sam.ask("{ viewer { name } }")
    with psycopg.connect(world.cluster.admin_dsn, autocommit=True) as admin:
        admin.execute(f'ALTER DATABASE "{world.cell}" ALLOW_CONNECTIONS false')
        ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'atrium_app' AND datname = %s"
        admin.execute(ended, [world.cell])
        try:
            answer = world.garage.sam.http("{ viewer { name } }")
        finally:
            admin.execute(f'ALTER DATABASE "{world.cell}" ALLOW_CONNECTIONS true')
    assert (answer.status_code, code(answer)) == (Unavailable.status, "UNAVAILABLE")
    assert answer.headers["retry-after"] == "5"
    (error,) = answer.json()["errors"]
    assert error["message"] == "Atrium cannot answer this now."
    assert error["extensions"]["requestId"] == answer.headers["x-request-id"]
    assert world.garage.sam.ask("{ viewer { name } }") == {"viewer": {"name": "sam"}}


def test_a_lost_directory_is_503_for_a_token_not_seen_of_late(world: World) -> None:
    sam = world.garage.sam
    authorization = {"authorization": f"Bearer {issue_token(sam.tenant, sam.id, 1).token}"}
    directory = settings().directory_dsn.rpartition("/")[2]
    with psycopg.connect(world.cluster.admin_dsn, autocommit=True) as admin:
        admin.execute(f'ALTER DATABASE "{directory}" ALLOW_CONNECTIONS false')
        admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [directory])
        try:
            answer = call("POST", "/graphql", json=VIEWER, headers=authorization)
        finally:
            admin.execute(f'ALTER DATABASE "{directory}" ALLOW_CONNECTIONS true')
    assert (answer.status_code, code(answer)) == (503, "UNAVAILABLE")
    until(lambda: call("POST", "/graphql", json=VIEWER, headers=authorization).status_code == 200, "it recovers")
    assert world.garage.sam.ask("{ viewer { name } }") == {"viewer": {"name": "sam"}}
