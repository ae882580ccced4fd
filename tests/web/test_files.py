"""Files by the front door: announced over GraphQL, sent and fetched at addresses of their own."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest

from saas.app import create_app
from saas.kit import clock
from saas.kit.settings import settings
from saas.modules.customers.customer import Customer
from tests.contracts.ledger import marks
from tests.web.sending import CREATE, HELLO, SUM, announced, contents, error, own_store, seen, sent
from tests.world import World, call

PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)


@pytest.fixture(autouse=True)
def _own_store(tmp_path: Path) -> Iterator[None]:
    """An empty store for each test."""
    with own_store(tmp_path / "files"):
        yield


def test_a_file_is_announced_sent_and_fetched(world: World) -> None:
    sam = world.garage.sam
    told = announced(sam, name="你好.txt", checksum=SUM.upper())
    assert told["problems"] == []
    assert told["file"] == {
        "id": told["id"],
        "name": "你好.txt",
        "size": len(HELLO),
        "type": "text/plain",
        "checksum": SUM,
        "state": "PENDING",
        "reason": None,
        "createdAt": told["file"]["createdAt"],
        "createdById": str(sam.id),
        "recordIds": [],
        "downloadUrl": None,
    }
    assert contents() == []
    answer = call("PUT", told["uploadUrl"], content=HELLO)
    assert (answer.status_code, answer.json()) == (
        200,
        {"id": told["id"], "state": "READY", "type": "text/plain", "size": len(HELLO), "checksum": SUM},
    )
    (kept,) = contents()
    assert kept.startswith(f"{world.garage.tenant.id.hex}/")
    file = seen(sam, told["id"])
    assert (file["state"], file["checksum"]) == ("READY", SUM)
    fetched = call("GET", file["downloadUrl"])
    assert (fetched.status_code, fetched.content) == (200, HELLO)


def test_what_is_fetched_is_saved_and_never_shown(world: World) -> None:
    file = sent(world.garage.sam, name='报价 "1".html', type="text/html")
    headers = call("GET", file["downloadUrl"]).headers
    assert headers["content-disposition"] == (
        "attachment; filename=\"__ _1_.html\"; filename*=UTF-8''%E6%8A%A5%E4%BB%B7%20%221%22.html"
    )
    assert headers["content-type"] == "text/html; charset=utf-8"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-security-policy"] == "sandbox; default-src 'none'; frame-ancestors 'none'"
    assert (headers["etag"], headers["content-length"]) == (f'"{SUM}"', str(len(HELLO)))


def test_a_part_can_be_fetched_and_what_is_known_is_not_sent_again(world: World) -> None:
    url = sent(world.garage.sam, b"0123456789")["downloadUrl"]

    def part(wanted: str, **headers: str) -> tuple[int, bytes, str | None]:
        answer = call("GET", url, headers={"range": wanted, **headers})
        return answer.status_code, answer.content, answer.headers.get("content-range")

    assert part("bytes=2-4") == (206, b"234", "bytes 2-4/10")
    assert part("bytes=7-") == (206, b"789", "bytes 7-9/10")
    assert part("bytes=-3") == (206, b"789", "bytes 7-9/10")
    assert part("bytes=5-500") == (206, b"56789", "bytes 5-9/10")
    assert part("bytes=10-") == (416, b"", "bytes */10")
    for none in ("bytes=4-2", "bytes=0-1,4-5", "bytes=-", "lines=1-2", "bytes=x-1"):
        assert part(none) == (200, b"0123456789", None)
    assert part("bytes=2-4", **{"if-range": '"another"'})[0] == 200
    etag = call("GET", url).headers["etag"]
    same = call("GET", url, headers={"if-none-match": etag})
    assert (same.status_code, same.content) == (304, b"")
    head = call("HEAD", url)
    assert (head.status_code, head.headers["content-length"], head.content) == (200, "10", b"")


def test_an_empty_file_is_a_file(world: World) -> None:
    file = sent(world.garage.sam, b"")
    assert call("GET", file["downloadUrl"]).content == b""


def test_large_files_come_and_go_whole(world: World) -> None:
    content = bytes(range(256)) * 4096 * 3 + b"end"
    file = sent(world.garage.sam, content, name="large.bin", type=None)
    assert call("GET", file["downloadUrl"]).content == content


def test_another_size_is_refused_and_can_be_sent_again(world: World) -> None:
    sam = world.garage.sam
    told = announced(sam)
    before = marks(world, world.garage)
    few = call("PUT", told["uploadUrl"], content=HELLO[:-1])
    assert error(few) == (400, "BAD_INPUT", f"{len(HELLO)} bytes were announced, {len(HELLO) - 1} come.")
    many = call("PUT", told["uploadUrl"], content=HELLO + b"!")
    assert error(many) == (413, "TOO_LARGE", f"More than the {len(HELLO)} bytes that were announced.")

    async def unannounced(content: bytes) -> AsyncIterator[bytes]:
        for sign in content:
            yield bytes([sign])

    few = call("PUT", told["uploadUrl"], content=unannounced(HELLO[:-1]))
    assert error(few) == (400, "BAD_INPUT", f"{len(HELLO)} bytes were announced, {len(HELLO) - 1} came.")
    many = call("PUT", told["uploadUrl"], content=unannounced(HELLO + b"!"))
    assert error(many) == (413, "TOO_LARGE", f"More than the {len(HELLO)} bytes that were announced.")
    assert (contents(), marks(world, world.garage)) == ([], before)
    assert call("PUT", told["uploadUrl"], content=unannounced(HELLO)).status_code == 200


def test_another_checksum_is_refused_and_can_be_sent_again(world: World) -> None:
    told = announced(world.garage.sam, checksum=SUM)
    before = marks(world, world.garage)
    answer = call("PUT", told["uploadUrl"], content=HELLO[::-1])
    assert error(answer) == (400, "BAD_INPUT", "The checksum is not the one that was announced.")
    assert (contents(), marks(world, world.garage)) == ([], before)
    assert call("PUT", told["uploadUrl"], content=HELLO).status_code == 200


def test_an_address_takes_one_file(world: World) -> None:
    told = announced(world.garage.sam)
    assert call("PUT", told["uploadUrl"], content=HELLO).status_code == 200
    before = contents(), marks(world, world.garage)
    second = call("PUT", told["uploadUrl"], content=HELLO[::-1])
    assert error(second) == (409, "CONFLICT", "This file was sent already.")
    assert (contents(), marks(world, world.garage)) == before


def test_of_two_that_send_at_a_time_the_first_counts(world: World) -> None:
    told = announced(world.garage.sam)
    gate = asyncio.Event()

    async def slowly(content: bytes) -> AsyncIterator[bytes]:
        yield content[:1]
        await gate.wait()
        yield content[1:]

    async def both() -> list[int]:
        transport = httpx2.ASGITransport(app=create_app())
        async with httpx2.AsyncClient(transport=transport, base_url="http://atrium.test") as client:
            sending = [client.put(told["uploadUrl"], content=slowly(each)) for each in (HELLO, HELLO[::-1])]
            tasks = [asyncio.ensure_future(each) for each in sending]
            await asyncio.sleep(0.3)
            gate.set()
            return sorted([(await task).status_code for task in tasks])

    assert asyncio.run(both()) == [200, 409]
    assert len(contents()) == 1


def test_a_cut_connection_leaves_nothing(world: World) -> None:
    sam = world.garage.sam
    told = announced(sam)
    before = marks(world, world.garage)
    messages: list[dict[str, Any]] = [
        {"type": "http.request", "body": HELLO[:5], "more_body": True},
        {"type": "http.disconnect"},
    ]

    async def receive() -> dict[str, Any]:
        return messages.pop(0)

    async def send(_message: Any) -> None:
        """Nobody listens any more."""

    scope = {
        "type": "http",
        "method": "PUT",
        "path": told["uploadUrl"],
        "raw_path": told["uploadUrl"].encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(b"content-length", str(len(HELLO)).encode())],
        "client": None,
        "server": ("atrium.test", 80),
        "scheme": "http",
        "http_version": "1.1",
    }

    async def ask() -> None:
        await create_app()(scope, receive, send)

    asyncio.run(ask())
    assert messages == []
    assert (contents(), marks(world, world.garage)) == ([], before)
    assert call("PUT", told["uploadUrl"], content=HELLO).status_code == 200


@pytest.mark.parametrize("place", ["write", "keep"])
def test_a_full_disk_leaves_nothing(world: World, place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    told = announced(world.garage.sam)
    before = marks(world, world.garage)

    class Full:
        def __init__(self, *_: object) -> None:
            raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        if place == "write":
            patch.setattr("saas.gateways.files.os.open", Full)
        else:
            patch.setattr("saas.gateways.files.os.fsync", Full)
        answer = call("PUT", told["uploadUrl"], content=HELLO)
    assert error(answer)[:2] == (503, "UNAVAILABLE")
    assert (contents(), marks(world, world.garage)) == ([], before)
    assert call("PUT", told["uploadUrl"], content=HELLO).status_code == 200


def test_addresses_end(world: World) -> None:
    sam = world.garage.sam
    told, file = announced(sam), sent(sam)
    before = contents(), marks(world, world.garage)
    with clock.stopped_at(clock.now() + timedelta(minutes=10, seconds=1)):
        assert error(call("GET", file["downloadUrl"]))[:2] == (404, "NOT_FOUND")
    with clock.stopped_at(clock.now() + timedelta(minutes=60, seconds=1)):
        assert error(call("PUT", told["uploadUrl"], content=HELLO))[:2] == (404, "NOT_FOUND")
    assert (contents(), marks(world, world.garage)) == before


def test_an_address_that_nobody_gave_opens_nothing(world: World) -> None:
    sam = world.garage.sam
    told, file = announced(sam), sent(sam)
    up, down = told["uploadUrl"], file["downloadUrl"]
    before = contents(), marks(world, world.garage)
    turned = down[:-3] + ("A" if down[-3] != "A" else "B") + down[-2:]
    for wrong in (turned, down[:-1], up, "/files/x", "/files/" + "A" * 96, "/files/%00", "/files/é"):
        assert error(call("GET", wrong))[:2] == (404, "NOT_FOUND")
    assert error(call("PUT", down, content=HELLO))[:2] == (404, "NOT_FOUND")
    assert call("POST", down).status_code == 405
    assert (contents(), marks(world, world.garage)) == before


def test_rights_count_when_a_file_is_fetched(world: World) -> None:
    garage = world.garage
    customer = garage.make(Customer, owner_id=garage.sam.id)
    id_ = sent(garage.sam, recordId=str(customer))["id"]
    url = seen(garage.mona, id_)["downloadUrl"]
    assert call("GET", url).content == HELLO
    move = (
        "mutation ($id: ID!, $to: ID!) { customerUpdate(id: $id, input: { ownerId: $to, departmentId: null }) { id } }"
    )
    assert garage.ada.ask(move, id=str(customer), to=str(garage.ada.id))["customerUpdate"]["id"] == str(customer)
    assert seen(garage.mona, id_) is None
    assert error(call("GET", url))[:2] == (404, "NOT_FOUND")
    assert call("GET", seen(garage.ada, id_)["downloadUrl"]).content == HELLO


def test_another_company_finds_nothing(world: World) -> None:
    garage, rita = world.garage, world.rival.rita
    file = sent(garage.ada)
    assert seen(rita, file["id"]) is None
    assert rita.ask("query ($id: ID!) { node(id: $id) { id } files { nodes { id } } }", id=file["id"]) == {
        "node": None,
        "files": {"nodes": []},
    }
    before = marks(world, world.garage), marks(world, world.rival)
    mine = world.rival.make(Customer)
    attach = "mutation ($f: ID!, $r: ID!) { fileAttach(id: $f, recordId: $r) { id problems { code path } } }"
    told = rita.ask(attach, f=file["id"], r=str(mine))["fileAttach"]
    assert told == {"id": None, "problems": [{"code": "NOT_FOUND", "path": ["id"]}]}
    assert marks(world, world.garage) == before[0]


WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PROGRAM = "Files of the type application/x-msdownload are not kept here."


def _says(kind: str, is_: str) -> str:
    return f"It says that it is {kind}, but its content is {is_}."


LIES = [
    ("photo.png", "image/png", b"<html><script>alert(1)</script>", _says("image/png", "text/html")),
    ("photo.png", "text/html", b"<html></html>", _says("image/png", "text/html")),
    ("photo.png", None, b"\xff\xd8\xff\xe0jpeg", _says("image/png", "image/jpeg")),
    ("a.pdf", "application/pdf", b"just text", _says("application/pdf", "something else")),
    ("a.txt", "text/plain", b"a\0b", _says("text/plain", "no text")),
    ("a.docx", None, b"\x7fELF", _says(WORD, "application/x-executable")),
    ("setup.bin", None, b"MZ\x90", PROGRAM),
    ("setup.dat", "application/x-thing", b"MZ\x90", PROGRAM),
]


@pytest.mark.parametrize(("name", "kind", "content", "reason"), LIES, ids=lambda each: str(each)[:12])
def test_what_is_not_what_it_says_is_refused(
    world: World, name: str, kind: str | None, content: bytes, reason: str
) -> None:
    sam = world.garage.sam
    told = announced(sam, content, name=name, type=kind)
    assert error(call("PUT", told["uploadUrl"], content=content)) == (400, "BAD_INPUT", reason)
    file = seen(sam, told["id"])
    assert (file["state"], file["reason"], file["downloadUrl"], contents()) == ("REFUSED", reason, None, [])
    assert error(call("PUT", told["uploadUrl"], content=content))[:2] == (409, "CONFLICT")


TRUE = [
    ("a.png", "image/png", PNG, "image/png"),
    ("a.png", None, PNG, "image/png"),
    ("a", None, PNG, "image/png"),
    ("a.jpg", "image/jpg", b"\xff\xd8\xff\xe0", "image/jpeg"),
    ("a.docx", None, b"PK\x03\x04", WORD),
    ("a.csv", "text/csv; charset=utf-8", b"a,b\n", "text/csv"),
    ("a.zzz", None, b"\x01\x02", "application/octet-stream"),
]


@pytest.mark.parametrize(("name", "kind", "content", "kept"), TRUE, ids=lambda each: str(each)[:12])
def test_what_is_true_is_kept_by_its_type(world: World, name: str, kind: str | None, content: bytes, kept: str) -> None:
    assert sent(world.garage.sam, content, name=name, type=kind)["type"] == kept


NAMES = {
    "../../etc/passwd": "holds a slash: it is a name, not a path",
    "..\\boot.ini": "holds a slash: it is a name, not a path",
    "..": "is empty",
    "  ": "is empty",
    "a\nb": "holds a control character or half a character",
    "photo\u202egpj.exe": "holds a sign that turns the direction of writing",
    "x" * 256: "has more than 255 characters",
}


@pytest.mark.parametrize("name", NAMES, ids=lambda name: ascii(name)[:12])
def test_a_name_is_no_path(world: World, name: str) -> None:
    before = marks(world, world.garage)
    told = announced(world.garage.sam, name=name)
    message = f"The name {NAMES[name]}. Send the bare name of the file."
    assert told == {
        "id": None,
        "uploadUrl": None,
        "uploadExpiresAt": None,
        "problems": [{"code": "BAD_INPUT", "message": message, "path": ["name"]}],
        "file": None,
    }
    assert marks(world, world.garage) == before


@pytest.mark.parametrize("name", ["客户报价单（最终）.txt", "חשבונית.txt", "e\u0301.txt", "x" * 251 + ".txt", ".env"])
def test_any_honest_name_is_kept(world: World, name: str) -> None:
    file = sent(world.garage.sam, name=name)
    assert file["name"] == name.replace("e\u0301", "é")
    assert call("GET", file["downloadUrl"]).content == HELLO


def test_what_cannot_be_announced_is_told(world: World) -> None:
    sam, before = world.garage.sam, marks(world, world.garage)

    def problem(**given: Any) -> tuple[str, str, list[str]]:
        (told,) = announced(sam, **given)["problems"]
        return told["code"], told["message"], told["path"]

    most = settings().max_file_mb * 1024 * 1024
    assert problem(size=-1)[::2] == ("BAD_INPUT", ["size"])
    assert problem(size=most + 1) == (
        "BAD_INPUT",
        f"A file may have up to 100 MiB, not {most + 1:,} bytes. Make it smaller; the operator sets SAAS_MAX_FILE_MB.",
        ["size"],
    )
    assert problem(checksum="abc")[::2] == ("BAD_INPUT", ["checksum"])
    assert problem(type="png")[::2] == ("BAD_INPUT", ["type"])
    assert problem(type="application/x-executable")[:2] == (
        "BAD_INPUT",
        "Files of the type application/x-executable are not kept here.",
    )
    nul = sam.errors(CREATE, input={"name": "a\0b", "size": 1})
    assert nul[0]["extensions"]["code"] == "BAD_INPUT"
    assert marks(world, world.garage) == before


def test_types_are_what_the_operator_allows(world: World) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SAAS_FILE_TYPES", "image/* application/pdf")
        settings.cache_clear()
        (told,) = announced(world.garage.sam)["problems"]
        assert told["message"] == "Files of the type text/plain are not kept here."
        assert announced(world.garage.sam, name="a.gif", type=None)["problems"] == []
    settings.cache_clear()


def test_the_log_does_not_hold_the_address(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    url = sent(world.garage.sam)["downloadUrl"]
    call("GET", url)
    told = capsys.readouterr()
    assert url.removeprefix("/files/")[:20] not in told.out + told.err
