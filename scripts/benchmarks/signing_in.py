"""What signing in costs beside the hash of the password, and what each request pays to know who asks."""

import asyncio
import json
import time
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from statistics import median
from typing import Any, cast
from unittest.mock import patch
from urllib.parse import urlencode

from argon2 import PasswordHasher

from saas.app import create_app
from saas.cli.embedded.ports import LOOPBACK
from saas.kit import ids
from saas.tenants import passwords
from saas.tenants.directory import rows, tenant_by_slug
from saas.tenants.directory_tables import person
from saas.tenants.sign_in import identify, let_in, sign_in
from scripts.benchmarks.api import ONE, Api, api, over_http
from scripts.benchmarks.installation import installation
from scripts.benchmarks.registry import Bench, Target, case
from scripts.benchmarks.timing import times

EMAIL, PASSWORD = "bench@signing.test", "a sentence to measure with"
# So cheap that it does not count: what is measured is all the rest.
_NO_HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@case("sign-in", "ms", Target("<=", 15, part="cpu_ms"))
def signing_in(bench: Bench) -> dict[str, float]:
    """`POST /sign-in` through the whole application: CPU of this process without the hash, Postgres not counted."""
    _somebody(bench, "signing")
    app = create_app()
    body = json.dumps({"tenant": "signing", "email": EMAIL, "password": PASSWORD}).encode()
    with asyncio.Runner() as runner:
        return times(lambda: runner.run(_post(app, body)), rounds=bench.rounds(300, 50), warm_up=10).as_value()


@case("token-check", "us", Target("<=", 30, part="p50_us"))
def token_check(bench: Bench) -> dict[str, float]:
    """Who holds a token, where that was asked within the last five seconds."""
    _somebody(bench, "checking")
    token = sign_in("checking", EMAIL, PASSWORD).token
    taken = []
    for _ in range(bench.rounds(20_000, 5_000)):
        began = time.perf_counter()
        identify(token)
        taken.append((time.perf_counter() - began) * 1e6)
    return {"p50_us": round(median(taken), 2), "p99_us": round(sorted(taken)[int(0.99 * len(taken))], 2)}


@case("sign-ins-beside", "ms", Target("<", 50, part="added_p99_ms"))
def beside_reads(bench: Bench) -> dict[str, float]:
    """What 20 sign-ins at once add to the p99 of reading one customer over HTTP, in one API process."""
    running, slug = bench.shared(api), "api"
    _somebody(bench, slug, hasher=passwords._hasher)
    alone = [_asked(running) for _ in range(bench.rounds(500, 200))]
    beside: list[float] = []
    with ThreadPoolExecutor(20) as people:
        for _ in range(bench.rounds(5, 2)):
            signing = [people.submit(_sign_in, running.port, slug) for _ in range(20)]
            while not all(each.done() for each in signing):
                beside.append(_asked(running))
            for each in signing:
                each.result()
    of_both = {"alone": _p99(alone), "beside": _p99(beside)}
    return {
        "added_p99_ms": round(of_both["beside"] - of_both["alone"], 2),
        **{f"{name}_p99_ms": round(value, 2) for name, value in of_both.items()},
        "reads_beside": len(beside),
    }


@case("app-token-reads", "× own token", Target("<=", 1.05, part="cpu_ratio"))
def through_an_app(bench: Bench) -> dict[str, float]:
    """Reading one customer with the signed token of an app, against a person's own: CPU of the API process."""
    running = bench.shared(api)
    own, of_app = running.token, _token_of_app(running)
    taken: dict[str, list[dict[str, float]]] = {own: [], of_app: []}
    for _ in range(bench.rounds(10, 3)):  # in turns: what else the machine does falls on both
        for token, figures in taken.items():
            running.token = token
            figures.append(over_http(running, lambda: running.ask(ONE, id=running.some_id), 200))
    running.token = own
    cpu = {token: sum(each["cpu_ms"] for each in figures) / len(figures) for token, figures in taken.items()}
    return {
        "cpu_ratio": round(cpu[of_app] / cpu[own], 3),
        "own_cpu_ms": round(cpu[own], 3),
        "app_cpu_ms": round(cpu[of_app], 3),
    }


def _token_of_app(running: Api) -> str:
    """A machine's token, given by the doors through which partners get theirs."""
    asked = running.ask(
        'mutation { appCreate(input: { name: "Bench", kind: MACHINE, scopes: ["*:read"] }) { clientId secret } }'
    )
    app = cast("dict[str, dict[str, str]]", asked["data"])["appCreate"]
    roles = running.ask("{ roles(first: 1) { nodes { id } } }")
    role = cast("dict[str, Any]", roles["data"])["roles"]["nodes"][0]["id"]
    running.ask(
        "mutation($app: String!, $role: ID!) {"
        ' installationCreate(clientId: $app, scopes: ["*:read"], roleIds: [$role]) { id } }',
        app=app["clientId"],
        role=role,
    )
    connection = HTTPConnection(LOOPBACK, running.port, timeout=60)
    form = {"grant_type": "client_credentials", "client_id": app["clientId"], "client_secret": app["secret"]}
    headers = {"content-type": "application/x-www-form-urlencoded"}
    connection.request("POST", "/oauth/token", urlencode(form), headers)
    answer = json.loads(connection.getresponse().read())
    connection.close()
    return str(answer["access_token"])


def _asked(running: Api) -> float:
    began = time.perf_counter()
    running.ask(ONE, id=running.some_id)
    return (time.perf_counter() - began) * 1000


def _p99(taken: list[float]) -> float:
    return sorted(taken)[int(0.99 * len(taken))]


def _sign_in(port: int, slug: str) -> None:
    connection = HTTPConnection(LOOPBACK, port, timeout=60)
    try:
        body = json.dumps({"tenant": slug, "email": EMAIL, "password": PASSWORD})
        connection.request("POST", "/sign-in", body, {"content-type": "application/json"})
        status = connection.getresponse().status
    finally:
        connection.close()
    if status != 200:
        raise RuntimeError(f"POST /sign-in answered {status}.")


def _somebody(bench: Bench, slug: str, hasher: PasswordHasher = _NO_HASH) -> None:
    tenant = tenant_by_slug(slug) if slug == "api" else bench.shared(installation).tenant(slug)
    with patch.object(passwords, "_hasher", hasher):
        let_in(tenant, ids.new_id(0x003), EMAIL, PASSWORD if _is_new() else None, "Bench")


def _is_new() -> bool:
    return not rows(person.select().where(person.c.email == EMAIL))


async def _post(app: Any, body: bytes) -> None:
    scope = {
        "type": "http", "http_version": "1.1", "method": "POST", "path": "/sign-in", "raw_path": b"/sign-in",
        "query_string": b"", "scheme": "http", "server": ("bench", 80), "client": ("127.0.0.1", 9),
        "headers": [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())],
    }  # fmt: skip
    answered: list[int] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            answered.append(message["status"])

    await app(scope, receive, send)
    if answered != [200]:
        raise RuntimeError(f"Nobody was signed in: {answered}.")
