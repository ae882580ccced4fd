"""Files sent, named and asked for with ill intent: nothing breaks, nothing is kept, nobody waits."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from saas.engine.stored_file import key_of
from saas.gateways.files import file_store
from saas.gateways.meter import meter
from saas.kit.settings import settings
from saas.modules.customers.customer import Customer
from saas.modules.sales.opportunity import Opportunity
from tests.contracts.ledger import marks
from tests.web.sending import CREATE, HELLO, announced, contents, error, own_store, sent
from tests.world import Person, World, call

SECONDS = 3  # longer than anything here may take on a busy machine, far shorter than what it would take undefended
ACCENTS = "e" + "\u0301\u0316" * 60_000


def asked(person: Person, query: str, **variables: Any) -> Any:
    """The answer to what is written in ASCII alone, where half a character can be told."""
    body = json.dumps({"query": query, "variables": variables}).encode("ascii")
    headers = {"authorization": f"Bearer {person.token}", "content-type": "application/json"}
    return call("POST", "/graphql", content=body, headers=headers).json()


@pytest.fixture(autouse=True)
def _own_store(tmp_path: Path) -> Iterator[None]:
    with own_store(tmp_path / "files"):
        yield


NAMES = {
    "alm\u061cgpj.exe": "holds a sign that turns the direction of writing",
    "offer\u2028.pdf": "holds a control character or half a character",
    "offer\u2029.pdf": "holds a control character or half a character",
    "offer\x85.pdf": "holds a control character or half a character",
    "offer.pdf\u200b": "holds a sign that nobody sees",
    "\ufeffoffer.pdf": "holds a sign that nobody sees",
    "of\u2060fer.pdf": "holds a sign that nobody sees",
    "...": "is empty",
    ACCENTS: "has more than 255 characters",
}


@pytest.mark.parametrize("name", NAMES, ids=lambda name: ascii(name)[:16])
def test_names_that_deceive_are_refused(world: World, name: str) -> None:
    before, start = marks(world, world.garage), time.monotonic()
    told = asked(world.garage.sam, CREATE, input={"name": name, "size": 1})
    (problem,) = told["data"]["fileCreate"]["problems"]
    assert time.monotonic() - start < SECONDS
    assert (problem["code"], problem["path"]) == ("BAD_INPUT", ["name"])
    assert problem["message"] == f"The name {NAMES[name]}. Send the bare name of the file."
    assert marks(world, world.garage) == before


def test_names_that_need_what_joins_letters_are_kept(world: World) -> None:
    for name in ("نامه\u200cها.txt", "👩\u200d💻.txt"):
        assert sent(world.garage.sam, name=name)["name"] == name


@pytest.mark.parametrize(
    "text", ["half \ud83d word", ACCENTS, "a\0b", "%" * 5000], ids=("half", "accents", "nul", "long")
)
def test_hostile_texts_to_look_for_are_answered(world: World, text: str) -> None:
    queries = {
        "search": "query ($t: String!) { files(search: $t) { nodes { id } } }",
        "everything": 'query ($t: String!) { search(text: $t, objects: ["file"]) { nodes { id } } }',
        "name": "query ($t: String!) { files(filter: { name: { contains: $t } }) { nodes { id } } }",
        "type": "query ($t: String!) { files(filter: { type: { in: [$t] } }) { nodes { id } } }",
        "below": "query ($t: String!) { customers(first: 2) { nodes { files(search: $t) { nodes { id } } } } }",
    }
    world.garage.make(Customer, owner_id=world.garage.sam.id)
    for name, query in queries.items():
        start = time.monotonic()
        answer = asked(world.garage.sam, query, t=text)
        assert time.monotonic() - start < SECONDS, name
        codes = {each["extensions"]["code"] for each in answer.get("errors", ())}
        assert codes <= {"BAD_INPUT"}, (name, answer)


def test_a_name_cannot_say_another_header(world: World) -> None:
    name = "a\"; filename=evil.exe; x='%0d%0aset-cookie: a=b\\".replace("\\", "") + "é;.txt"
    headers = call("GET", sent(world.garage.sam, name=name)["downloadUrl"]).headers
    assert headers["content-disposition"] == (
        'attachment; filename="a__ filename_evil.exe_ x___0d_0aset-cookie_ a_b__.txt"; '
        "filename*=UTF-8''a%22%3B%20filename%3Devil.exe%3B%20x%3D%27%250d%250aset-cookie%3A%20a%3Db%C3%A9%3B.txt"
    )
    assert "set-cookie" not in headers


ABSURD = {
    "bytes=0-999999999999999": 200,
    "bytes=0-9999999999999999999999": 200,
    "bytes=99999999999999999999999-": 200,
    "bytes=999999999999999-": 416,
    "bytes=-0": 416,
    "bytes=-999999999999999": 200,
    "bytes=10-": 416,
    "bytes=9-9": 206,
    "bytes=5-2": 200,
    "bytes=--1": 200,
    "bytes=0x1-0x2": 200,
    "bytes=" + "0-0," * 5000 + "0-0": 200,
    "lines=1-2": 200,
    "bytes=\xb2-": 200,
    "": 200,
}


def test_absurd_ranges_get_the_whole_or_nothing(world: World) -> None:
    url = sent(world.garage.sam, b"0123456789")["downloadUrl"]
    for wanted, status in ABSURD.items():
        header = {b"range": wanted.encode("latin-1")}
        got, head = call("GET", url, headers=header), call("HEAD", url, headers=header)
        assert (got.status_code, head.status_code) == (status, status), wanted
        assert got.content == {200: b"0123456789", 206: b"9", 416: b""}[status], wanted
        assert head.content == b""
        assert head.headers.get("content-range") == got.headers.get("content-range"), wanted
    empty = sent(world.garage.sam, b"")["downloadUrl"]
    assert call("GET", empty, headers={"range": "bytes=0-"}).status_code == 416
    assert call("GET", empty, headers={"range": "nonsense"}).status_code == 200


@pytest.mark.parametrize("length", [b"\xb2", b"-1", b"1e3", b"9" * 40, b""])
def test_a_length_that_is_none_breaks_nothing(world: World, length: bytes) -> None:
    told = announced(world.garage.sam)
    answer = call("PUT", told["uploadUrl"], content=HELLO, headers={b"content-length": length})
    assert answer.status_code in (200, 413)
    assert len(contents()) == (answer.status_code == 200)


def test_who_sends_ever_so_slowly_is_cut_off_when_the_address_ends(world: World) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SAAS_UPLOAD_MINUTES", str(1 / 60))
        settings.cache_clear()
        told = announced(world.garage.sam)
    settings.cache_clear()
    before = marks(world, world.garage)

    async def drop_by_drop() -> AsyncIterator[bytes]:
        for number in range(len(HELLO)):
            yield HELLO[number : number + 1]
            await asyncio.sleep(0.5)

    start = time.monotonic()
    answer = call("PUT", told["uploadUrl"], content=drop_by_drop())
    assert time.monotonic() - start < 3
    message = "The address ended before the file was complete."
    assert error(answer) == (400, "BAD_INPUT", message)
    assert (contents(), marks(world, world.garage)) == ([], before)


def test_what_is_removed_while_it_is_fetched_comes_whole(world: World) -> None:
    sam = world.garage.sam
    content = bytes(range(256)) * 20_000
    file = sent(sam, content, name="large.bin", type=None)
    ((blob,),) = world.sql(world.garage, "SELECT blob FROM file WHERE id = %s", file["id"])
    pieces = file_store().pieces(key_of(world.garage.tenant, blob), 0, len(content))
    first = next(pieces)
    delete = "mutation ($id: ID!) { fileDelete(id: $id) { id problems { code } } }"
    assert sam.ask(delete, id=file["id"])["fileDelete"]["problems"] == []
    file_store().remove(key_of(world.garage.tenant, blob))
    assert first + b"".join(pieces) == content
    assert error(call("GET", file["downloadUrl"]))[:2] == (404, "NOT_FOUND")


def test_files_hang_on_no_line_and_on_nothing_in_the_trash(world: World) -> None:
    garage = world.garage
    customer = garage.make(Customer, owner_id=garage.ada.id)
    opportunity = garage.make(Opportunity, customer_id=customer, owner_id=garage.ada.id)
    lines = (
        "mutation ($id: ID!, $l: OpportunityUpdateInput!) "
        "{ opportunityUpdate(id: $id, input: $l) { opportunity { lines { id } } } }"
    )
    given = {"lines": {"create": [{"description": "x", "quantity": "1"}]}}
    line = garage.ada.ask(lines, id=str(opportunity), l=given)["opportunityUpdate"]["opportunity"]["lines"][0]["id"]
    gone = garage.make(Customer, owner_id=garage.ada.id)
    garage.ada.ask("mutation ($id: ID!) { customerDelete(id: $id) { id } }", id=str(gone))
    file = sent(garage.ada)["id"]
    before = marks(world, garage)
    attach = "mutation ($f: ID!, $r: ID!) { fileAttach(id: $f, recordId: $r) { id problems { code path } } }"
    for record in (line, str(gone), file, str(world.rival.make(Customer)), str(garage.tenant.id)):
        told = garage.ada.ask(attach, f=file, r=record)["fileAttach"]
        assert told == {"id": None, "problems": [{"code": "NOT_FOUND", "path": ["recordId"]}]}, record
    assert marks(world, garage) == before


def test_fetching_spends_the_points_of_the_minute(world: World) -> None:
    """Else one address would do to have pictures unpacked without end."""
    picture = BytesIO()
    Image.new("RGB", (40, 40)).save(picture, "PNG")
    sue = world.garage.sue
    file = sent(sue, picture.getvalue(), name="a.png", type=None)
    preview = sue.ask("query ($id: ID!) { file(id: $id) { previewUrl } }", id=file["id"])["file"]["previewUrl"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SAAS_PERSON_RATE", "7")
        patch.setattr(time, "time", lambda: 1_800_000_315.0)  # a minute that does not end while we look
        settings.cache_clear()
        meter.cache_clear()
        assert [call("GET", url).status_code for url in (preview, file["downloadUrl"])] == [200, 200]
        refused = call("GET", preview)
        assert error(refused) == (429, "RATE_LIMITED", "The points of this person for this minute are spent.")
        assert refused.headers["retry-after"] == "45"
        assert call("PUT", announced(world.garage.sam)["uploadUrl"], content=HELLO).status_code == 200
    settings.cache_clear()
    meter.cache_clear()


POLYGLOTS: list[tuple[str, str | None, bytes, str]] = [
    ("photo.gif", "image/gif", b"GIF89a/*<script>alert(1)</script>*/=1;", "image/gif"),
    ("drawing.svg", "image/svg+xml", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "image/svg+xml"),
    ("page.html", "text/html", b"\xef\xbb\xbf  <!DOCTYPE html><script>alert(1)</script>", "text/html"),
    ("paper.pdf", None, b"%PDF-1.7\n<script>alert(1)</script>", "application/pdf"),
]


@pytest.mark.parametrize(("name", "kind", "content", "kept"), POLYGLOTS, ids=[each[0] for each in POLYGLOTS])
def test_what_could_run_is_only_ever_saved(
    world: World, name: str, kind: str | None, content: bytes, kept: str
) -> None:
    file = sent(world.garage.sam, content, name=name, type=kind)
    assert file["type"] == kept
    answer = call("GET", file["downloadUrl"], headers={"accept": "text/html"})
    assert answer.headers["content-disposition"].startswith("attachment;")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"].startswith("sandbox; default-src 'none'")
    preview = "query ($id: ID!) { file(id: $id) { previewUrl } }"
    url = world.garage.sam.ask(preview, id=file["id"])["file"]["previewUrl"]
    assert (url is None) is (kept != "image/gif")
    if url:
        assert error(call("GET", url))[:2] == (404, "NOT_FOUND")
