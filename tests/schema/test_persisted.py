"""Persisted documents: sent once with their sha256, then asked for by it; each tenant has its own."""

import hashlib
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from saas.engine import documents
from saas.schema.persisted import forget_documents
from tests.world import Person, World, call

QUERY = "query Me($yes: Boolean = true) { viewer { name @include(if: $yes) } }"
ID = f"sha256:{hashlib.sha256(QUERY.encode()).hexdigest()}"


def send(person: Person, method: str = "POST", **body: Any) -> httpx2.Response:
    where = {"json": body} if method == "POST" else {"params": body}
    return call(method, "/graphql", headers={"authorization": f"Bearer {person.token}"}, **where)


def refusal(answer: httpx2.Response) -> tuple[str, str]:
    (error,) = answer.json()["errors"]
    return error["extensions"]["code"], error["message"]


@pytest.fixture(autouse=True)
def nothing_kept(world: World) -> Iterator[None]:
    yield
    world.sql(world.garage, "DELETE FROM document")
    forget_documents()


def test_a_document_sent_once_is_asked_for_by_its_id(world: World) -> None:
    assert refusal(send(world.garage.sam, documentId=ID)) == (
        "PERSISTED_DOCUMENT_NOT_FOUND",
        "There is no document with this id.",
    )
    first = send(world.garage.sam, documentId=ID, query=QUERY)
    assert first.json()["data"] == {"viewer": {"name": "sam"}}
    forget_documents()  # another process, or this one after a restart
    for method in ("POST", "GET"):
        assert send(world.garage.mona, method, documentId=ID).json()["data"] == {"viewer": {"name": "mona"}}
    assert send(world.garage.sam, documentId=ID.removeprefix("sha256:"), variables={"yes": False}).json()["data"] == {
        "viewer": {}
    }
    assert world.sql(world.garage, "SELECT hash, text FROM document") == [(ID.removeprefix("sha256:"), QUERY)]


def test_another_tenant_does_not_have_it(world: World) -> None:
    send(world.garage.sam, documentId=ID, query=QUERY)
    assert refusal(send(world.rival.rita, documentId=ID))[0] == "PERSISTED_DOCUMENT_NOT_FOUND"
    forget_documents()
    assert refusal(send(world.rival.rita, documentId=ID))[0] == "PERSISTED_DOCUMENT_NOT_FOUND"


@pytest.mark.parametrize(
    ("case", "body", "message"),
    [
        ("of another text", {"documentId": ID, "query": "{ viewer { id } }"}, "documentId is not the sha256"),
        ("no hash", {"documentId": "me"}, "documentId must be `sha256:` and 64 hexadecimal digits."),
        ("no text", {"documentId": 7}, "documentId must be a string or null."),
        ("neither", {}, "query is missing or no string."),
    ],
)
def test_a_wrong_id_is_bad_input(world: World, case: str, body: dict[str, Any], message: str) -> None:
    code, told = refusal(send(world.garage.sam, **body))
    assert code == "BAD_INPUT", case
    assert message in told


def test_an_invalid_document_is_not_kept(world: World) -> None:
    wrong = "{ viewer { shoes } }"
    send(world.garage.sam, documentId=hashlib.sha256(wrong.encode()).hexdigest(), query=wrong)
    assert world.sql(world.garage, "SELECT count(*) FROM document") == [(0,)]


def test_a_very_long_document_is_not_kept_but_runs_without_an_id(world: World) -> None:
    long = "{ viewer { name } }" + " " * 20_000
    answer = send(world.garage.sam, documentId=hashlib.sha256(long.encode()).hexdigest(), query=long)
    assert refusal(answer) == ("BAD_INPUT", "A document of more than 20,000 characters is not kept.")
    assert send(world.garage.sam, query=long).json()["data"] == {"viewer": {"name": "sam"}}


def test_a_tenant_keeps_so_many_and_no_more(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "MOST", 1)
    send(world.garage.sam, documentId=ID, query=QUERY)
    other = "{ viewer { id } }"
    answer = send(world.garage.sam, documentId=hashlib.sha256(other.encode()).hexdigest(), query=other)
    assert refusal(answer)[0] == "CONFLICT"
    forget_documents()  # another process: what is kept already is no new one
    assert send(world.garage.sam, documentId=ID, query=QUERY).json()["data"] == {"viewer": {"name": "sam"}}


def test_it_runs_with_the_rights_of_who_asks(world: World) -> None:
    query = "{ customers { nodes { name } } }"
    id_ = hashlib.sha256(query.encode()).hexdigest()
    assert send(world.garage.ada, documentId=id_, query=query).status_code == 200
    assert send(world.garage.nick, documentId=id_).json()["errors"][0]["extensions"]["code"] == "FORBIDDEN"
