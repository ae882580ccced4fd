"""How soon a committed change reaches a thousand subscribers of one API process, over event streams."""

import asyncio
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from saas.cli.embedded.ports import LOOPBACK
from saas.engine.access.tables import RowScope
from saas.engine.registry import object_named
from saas.engine.scope import open_scope
from saas.engine.write.create import create
from saas.modules.organisation.employee import Employee
from saas.modules.organisation.rights import Grants, Right, employee_assign_roles, role_grant
from saas.modules.organisation.role import Role
from saas.tenants.sign_in import issue_token, let_in
from saas.tenants.tenant import Tenant
from scripts.benchmarks.api import Api, api
from scripts.benchmarks.installation import installation
from scripts.benchmarks.registry import Bench, Target, case

SUBSCRIBERS, PEOPLE = 1_000, 40
FOLLOW = "subscription { customerChanged { kind id version changedFields cursor customer { name owner { name } } } }"


@dataclass(frozen=True, slots=True)
class Crowd:
    """The API process, and the tokens of forty people of one department who follow its customers."""

    running: Api
    writer: str
    tokens: list[str]
    department: str


@contextmanager
def crowd(bench: Bench) -> Iterator[Crowd]:
    """A tenant of its own on the API process of the other cases."""
    tenant = bench.shared(installation).tenant("followers")
    yield _peopled(bench.shared(api), tenant)


@case("followers", "ms", Target("<=", 1_000, part="max_ms"))
def told(bench: Bench) -> dict[str, float]:
    """From the answer to a writer until the last of 1,000 subscribers (25 each of 40 people) has the change."""
    return asyncio.run(_measured(bench.shared(crowd), bench.rounds(20, 6)))


async def _measured(there: Crowd, rounds: int) -> dict[str, float]:
    streams = [await _opened(there, token) for token in there.tokens for _ in range(SUBSCRIBERS // PEOPLE)]
    await _all_follow(there, [reader for reader, _ in streams])
    taken = [await _heard(there, [reader for reader, _ in streams], f"Customer {number}!") for number in range(rounds)]
    for _, writer in streams:
        writer.close()
    taken.sort()
    return {"p50_ms": round(taken[len(taken) // 2]), "max_ms": round(taken[-1])}


async def _all_follow(there: Crowd, readers: list[asyncio.StreamReader]) -> None:
    """Write until everybody has heard something, so that what is compiled once is compiled, and all stand alike."""
    listening = [asyncio.create_task(_until(reader, "Warm")) for reader in readers]
    while not all(each.done() for each in listening):
        await asyncio.to_thread(_write, there, "Warm")
        await asyncio.wait(listening, timeout=2)
    await _heard(there, readers, "Ready!")


async def _heard(there: Crowd, readers: list[asyncio.StreamReader], name: str) -> float:
    """Milliseconds from the commit until all have heard of one more customer."""
    listening = [asyncio.create_task(_until(reader, name)) for reader in readers]
    committed = await asyncio.to_thread(_write, there, name)
    return (max(await asyncio.gather(*listening)) - committed) * 1000


async def _until(reader: asyncio.StreamReader, name: str) -> float:
    async with asyncio.timeout(120):
        await reader.readuntil(name.encode())
    return time.perf_counter()


def _write(there: Crowd, name: str) -> float:
    text = "mutation($input: CustomerCreateInput!) { customerCreate(input: $input) { id problems { message } } }"
    values = {"name": name, "departmentId": there.department}
    answer = replace(there.running, token=there.writer).ask(text, input=values)
    if "'problems': []" not in str(answer):
        raise RuntimeError(f"Nothing was written: {answer}")
    return time.perf_counter()


async def _opened(there: Crowd, token: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A stream that follows; its first bytes say that it began."""
    reader, writer = await asyncio.open_connection(LOOPBACK, there.running.port, limit=2**20)
    body = json.dumps({"query": FOLLOW}).encode()
    head = (
        "POST /graphql HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\naccept: text/event-stream\r\n"
        f"authorization: Bearer {token}\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    writer.write(head.encode() + body)
    status = await reader.readline()
    if b" 200 " not in status:
        raise RuntimeError(f"A subscriber was refused: {status.decode()}")
    await reader.readuntil(b"retry:")
    return reader, writer


def _peopled(running: Api, tenant: Tenant) -> Crowd:
    """A department with people who see what is its own, and somebody who may write."""
    with open_scope(tenant, None, write=True) as scope:
        (department,) = create(scope, object_named("department"), [{"name": "Ours"}])
        follower, writer = create(scope, object_named("role"), [{"name": "Follower"}, {"name": "Writer"}])
        values = [{"name": f"F{n}", "email": f"f{n}@crowd.test", "department_id": department.id} for n in range(PEOPLE)]
        people = create(scope, object_named("employee"), values)
        if not isinstance(follower.record, Role) or not isinstance(writer.record, Role) or department.id is None:
            raise TypeError("The write chain made something else than roles.")
        writes = frozenset({Right("customer", "create", RowScope.ALL), Right("department", "read", RowScope.ALL)})
        role_grant(scope, follower.record, Grants(frozenset({Right("customer", "read", RowScope.DEPARTMENT)})))
        role_grant(scope, writer.record, Grants(writes))
        tokens = []
        for number, each in enumerate(people):
            if not isinstance(each.record, Employee):
                raise TypeError("The write chain made something else than an employee.")
            roles = {follower.record.id: None} | ({} if number else {writer.record.id: None})
            employee_assign_roles(scope, each.record, roles)
            tokens.append((each.record.id, f"f{number}@crowd.test"))
        place = str(department.id)
    for id_, email in tokens:
        let_in(tenant, id_, email, None, "Follower")
    issued = [issue_token(tenant, id_, 1).token for id_, _ in tokens]
    return Crowd(running, issued[0], issued, place)
