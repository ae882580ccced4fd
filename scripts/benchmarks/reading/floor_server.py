"""The floor as a process: a raw ASGI endpoint that answers `POST /q1` … `/q7` with hand-written SQL.

`python -m scripts.benchmarks.reading.floor_server` reads its settings from stdin, as JSON: see `Settings`.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import orjson
import uvicorn
from pydantic import BaseModel

from scripts.benchmarks.reading.floor_reader import Reader
from scripts.benchmarks.reading.floor_sql import QUERIES, Person

APPLICATION = "bench-floor"
_CONNECTIONS = 4
_HEADERS = [(b"content-type", b"application/graphql-response+json")]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[dict[str, Any]]]


class Settings(BaseModel):
    """Where the floor listens, where its data is, and as whom each query is asked."""

    port: int
    dsn: str
    schemas: dict[str, str]
    persons: dict[str, Person]


class Floor:
    """The endpoint; a request for a query goes to the connection of its tenant that has least to do."""

    def __init__(self, settings: Settings) -> None:
        readers: dict[str, list[Reader]] = {}
        for schema in set(settings.schemas.values()):
            mine = (name for name, of in settings.schemas.items() if of == schema)
            statements = {name.encode(): QUERIES[name].sql(settings.persons[name]).encode() for name in mine}
            readers[schema] = [Reader(settings.dsn, schema, statements) for _ in range(_CONNECTIONS)]
        self._readers = [reader for of_schema in readers.values() for reader in of_schema]
        self._asked = {
            f"/{name}": (readers[schema], name.encode(), QUERIES[name]) for name, schema in settings.schemas.items()
        }

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        message = await receive()
        body = message["body"]
        while message.get("more_body"):
            message = await receive()
            body += message["body"]
        readers, name, query = self._asked[scope["path"]]
        reader = min(readers, key=_busy)
        answer = await reader.ask(name, query.parameters(orjson.loads(body)["variables"])) or query.nothing
        # The length is told, as every server tells it: without it the answer would go out in chunks.
        answer = b'{"data":' + answer + b"}"
        headers = [*_HEADERS, (b"content-length", b"%d" % len(answer))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": answer})

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        for reader in self._readers:
            reader.listen(asyncio.get_running_loop())
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})


def _busy(reader: Reader) -> int:
    return reader.busy


def main() -> None:
    settings = Settings.model_validate_json(sys.stdin.read())
    uvicorn.run(
        Floor(settings),
        host="127.0.0.1",
        port=settings.port,
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        date_header=False,
        backlog=2048,
        timeout_keep_alive=75,
    )


if __name__ == "__main__":
    main()
