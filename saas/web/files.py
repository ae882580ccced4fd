"""Sending and fetching files: `PUT` and `GET /files/{token}`. The token says who may do what; no other is asked for."""

import asyncio
import contextvars
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse

from saas.engine.files.download import Fetched, fetched
from saas.engine.files.preview import preview_of
from saas.engine.files.sink import Sink
from saas.engine.files.token import Purpose, pass_in
from saas.engine.files.upload import Expected, expected, settle
from saas.engine.stored_file import File
from saas.gateways.files import Incoming, file_store
from saas.kit import about, clock
from saas.kit.errors import BadInput, TooLarge
from saas.web.answers import answer, error_answer
from saas.web.file_headers import headers_of, preview_headers, wanted_part
from saas.web.file_rates import TooManyFiles, spend

Result = TypeVar("Result")
# Disk, store and database make a thread wait; the event loop never does.
_threads = ThreadPoolExecutor(max_workers=16, thread_name_prefix="files")
# A picture is unpacked in memory, some hundred MiB in the worst case: only two at a time.
_painters = ThreadPoolExecutor(max_workers=2, thread_name_prefix="previews")


async def files(request: Request) -> Response:
    """`PUT /files/{token}`, `GET /files/{token}`"""
    try:
        return await (_put(request) if request.method == "PUT" else _get(request))
    except TooManyFiles as error:
        return error_answer(error, {"retry-after": str(error.seconds)})


async def _put(request: Request) -> Response:
    given = pass_in(request.path_params["token"], Purpose.UPLOAD)
    spend(given, _threads.submit)
    awaited = await _in_thread(lambda: expected(given))
    about.note(tenant=awaited.tenant.slug)
    _check_announced(request, awaited.file)
    incoming = await _in_thread(lambda: file_store().incoming())
    try:
        size, checksum = await _received(request, awaited, incoming)
        file = await _in_thread(lambda: settle(given, awaited, incoming, size, checksum))
    finally:
        await _in_thread(incoming.drop)
    if file.reason:
        raise BadInput(file.reason, remedy="Announce it as what it is, with fileCreate.", path=("type",))
    told = {"id": str(file.id), "state": file.state.name, "type": file.type, "size": size, "checksum": checksum}
    return answer(told, 200 if file.state == "ready" else 202)


def _check_announced(request: Request, file: File) -> None:
    """Refuse a body of another size than announced before reading any of it."""
    length = request.headers.get("content-length", "")
    if length.isascii() and length.isdigit() and int(length) != file.size:
        if int(length) > file.size:
            raise _too_much(file)
        raise BadInput(
            f"{file.size:,} bytes were announced, {int(length):,} come.", remedy="Send the whole file.", path=("size",)
        )


async def _received(request: Request, awaited: Expected, incoming: Incoming) -> tuple[int, str]:
    """Size and checksum of what came; no more than a piece is ever in memory."""
    came, sink = 0, Sink(incoming)
    left = (awaited.file.expires_at - clock.now()).total_seconds()
    try:
        async with asyncio.timeout(left):  # who sends ever so slowly would hold the place for ever
            async for chunk in request.stream():
                came += len(chunk)
                if came > awaited.file.size:
                    raise _too_much(awaited.file)
                if sink.hold(chunk):
                    await _in_thread(sink.flush)
    except ClientDisconnect:
        raise BadInput("The request ended before the file was complete.", remedy="Send it again.") from None
    except TimeoutError:
        raise BadInput(
            "The address ended before the file was complete.", remedy="Announce it again, with fileCreate."
        ) from None
    await _in_thread(sink.flush)
    return sink.size, sink.checksum


def _too_much(file: File) -> TooLarge:
    return TooLarge(f"More than the {file.size:,} bytes that were announced.", remedy="Announce the file as it is.")


async def _get(request: Request) -> Response:
    given = pass_in(request.path_params["token"], Purpose.DOWNLOAD, Purpose.PREVIEW)
    spend(given, _threads.submit)
    found = await _in_thread(lambda: fetched(given))
    return await (_whole(request, found) if given.purpose is Purpose.DOWNLOAD else _small(request, found, given.side))


async def _small(request: Request, found: Fetched, side: int) -> Response:
    """A preview; what is known already is not made again."""
    headers = preview_headers(found.file, side)
    if request.headers.get("if-none-match") == headers["etag"]:
        return Response(status_code=304, headers=headers)
    made = await _in_thread(
        lambda: preview_of(found.file, file_store().pieces(found.key, 0, found.file.size), side), _painters
    )
    return Response(made.content, headers=headers, media_type=made.type)


async def _whole(request: Request, found: Fetched) -> Response:
    file = found.file
    headers = headers_of(file)
    if request.headers.get("if-none-match") == headers["etag"]:
        return Response(status_code=304, headers=headers)
    part = wanted_part(request.headers, file)
    if part is None:
        return Response(status_code=416, headers={**headers, "content-range": f"bytes */{file.size}"})
    start, end = part
    headers["content-length"] = str(end - start)
    if (start, end) != (0, file.size):
        headers["content-range"] = f"bytes {start}-{end - 1}/{file.size}"
    status = 206 if "content-range" in headers else 200
    if request.method == "HEAD":
        return Response(status_code=status, headers=headers, media_type=file.type)
    pieces = file_store().pieces(found.key, start, end)
    first = await _in_thread(lambda: next(pieces, b""))  # what cannot be read is told before the answer begins

    async def body() -> AsyncIterator[bytes]:
        yield first
        while piece := await _in_thread(lambda: next(pieces, b"")):
            yield piece

    return StreamingResponse(body(), status, headers, media_type=file.type)


async def _in_thread(work: Callable[[], Result], threads: ThreadPoolExecutor = _threads) -> Result:
    context = contextvars.copy_context()
    return await asyncio.get_running_loop().run_in_executor(threads, context.run, work)
