"""Under load everything is killed again and again; afterwards the accounts are exact.

`STORM_SECONDS` makes it longer, `STORM_SEED` repeats one.
"""

import http.client
import os
import random
import secrets
import shutil
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from saas.cli.embedded.folder import temporary_folder
from saas.engine.access.tables import ANY, RowScope
from saas.engine.registry import object_named
from saas.engine.scope import open_scope
from saas.engine.write.create import create
from saas.kit.log import logger
from saas.modules.organisation.employee import Employee
from saas.modules.organisation.rights import Grants, Right, employee_assign_roles, role_grant
from saas.modules.organisation.role import Role
from saas.tenants.sign_in import issue_token, let_in
from tests.storm.counts import ONE_IN, STEPS
from tests.storm.follower import Follower
from tests.storm.place import Place, storm_place
from tests.storm.receiver import Receiver

log = logger(__name__)
SECONDS = float(os.environ.get("STORM_SECONDS", "20"))
SEED = int(os.environ.get("STORM_SEED", str(secrets.randbelow(10_000))))
PATIENCE = 240.0  # seconds until all is done, once nobody is killed any more
WRITERS = 3
CREATE = """
mutation($input: CustomerCreateInput!) { customerCreate(input: $input) { id problems { message } } }"""
HOOK = """
mutation($input: WebhookCreateInput!) { webhookCreate(input: $input) { id problems { message } } }"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """One that others may reach: where root cannot make namespaces, Postgres runs as somebody else."""
    made = temporary_folder("storm")
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.mark.timeout(560)
def test_nothing_is_lost_and_nothing_happens_twice(folder: Path) -> None:
    receiver = Receiver(SEED)
    with storm_place(folder, SEED, receiver.place) as place:
        token = _administrator(place)
        _tell_me(place, token, receiver)
        with Follower(place, token) as follower:
            confirmed = _storm(place, token)
            made = {str(id_) for (id_,) in place.sql("SELECT id FROM customer")}
            log.info("storm over", seed=SEED, customers=len(made), killed=Counter(place.killed), lines=follower.lines)
            assert confirmed <= made
            assert len(made) > 20, "hardly anything was written"
            _all_done(place)
            follower.hear_all(made, PATIENCE)
        _account_marks(place, made)
        _account_calls(receiver, made)
        _account_webhooks(place, receiver, made)


def _account_marks(place: Place, made: set[str]) -> None:
    """Each exactly once."""
    marks = Counter(place.sql("SELECT kind, what FROM mark"))
    wanted = Counter((kind, id_) for id_ in made for kind in ("reaction", "timer", "call"))
    wanted += Counter(
        ("step", f"{id_} {n}") for id_ in made if int(id_.replace("-", ""), 16) % ONE_IN == 0 for n in range(STEPS)
    )
    assert marks == wanted


def _account_calls(receiver: Receiver, made: set[str]) -> None:
    """Each at least once, and always with the same key."""
    told = [what for kinds in receiver.calls.values() for what in kinds]
    assert sorted(told) == sorted(made)


def _account_webhooks(place: Place, receiver: Receiver, made: set[str]) -> None:
    """A delivery for each event, each heard at least once, under an id of its own, in the order of the feed."""
    rows = place.sql("SELECT id, record_id, state FROM webhook_delivery ORDER BY number")
    assert Counter(str(record) for _, record, _ in rows) == Counter(made)
    assert {state for _, _, state in rows} == {"delivered"}
    assert [id_.removeprefix("msg_") for id_ in receiver.order] == [id_.hex for id_, _, _ in rows]
    said = {body["data"]["id"] for bodies in receiver.hooks.values() for body in bodies}
    assert said == made


def _storm(place: Place, token: str) -> set[str]:
    """The ids of which the writers were told that they are written."""
    confirmed: set[str] = set()
    ending = threading.Event()
    writers = [threading.Thread(target=_write, args=(place, token, ending, confirmed)) for _ in range(WRITERS)]
    for writer in writers:
        writer.start()
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        ending.wait(place.chance.uniform(0.5, 3))
        place.kill_something()
    ending.set()
    for writer in writers:
        writer.join()
    return confirmed


def _write(place: Place, token: str, ending: threading.Event, confirmed: set[str]) -> None:
    """One customer after the other; who gets no answer asks again with the same key."""
    while not ending.is_set():
        key, values = secrets.token_hex(8), {"name": f"Customer {random.random()}"}
        made = _patiently(partial(place.post, token, CREATE, key, input=values))["customerCreate"]
        assert made["problems"] == []
        confirmed.add(made["id"])


def _patiently(ask: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Its answer, however often something is away meanwhile."""
    deadline = time.monotonic() + 90
    while True:
        try:
            return ask()
        except (OSError, http.client.HTTPException, RuntimeError, ValueError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


def _all_done(place: Place) -> None:
    """Wait until no job is left but those that come again and again, and no delivery waits."""
    waiting = """
        SELECT (SELECT count(*) FROM platform.job WHERE key IS NULL OR key NOT LIKE 'cron:%'),
               (SELECT count(*) FROM webhook_delivery WHERE state = 'waiting'),
               (SELECT count(*) FROM customer) - (SELECT count(*) FROM webhook_delivery)"""
    deadline = time.monotonic() + PATIENCE
    while (left := place.sql(waiting)[0]) != (0, 0, 0):
        if time.monotonic() > deadline:
            jobs = place.sql("SELECT task, attempts, holder, run_at, dead_at, last_error FROM platform.job LIMIT 20")
            hooks = place.sql("SELECT state, failures, failing_since, next_at, now() FROM webhook_endpoint")
            tried = place.sql("SELECT number, state, attempts FROM webhook_delivery WHERE attempts > 1 ORDER BY number")
            pytest.fail(f"seed {SEED}: (jobs, deliveries waiting, not written) = {left}: {jobs}; {hooks}; {tried}")
        time.sleep(0.2)


def _administrator(place: Place) -> str:
    with open_scope(place.tenant, None, write=True) as scope:
        (role,) = create(scope, object_named("role"), [{"name": "Administrator"}])
        (person,) = create(scope, object_named("employee"), [{"name": "Ada", "email": "ada@storm.test"}])
        assert isinstance(role.record, Role)
        assert isinstance(person.record, Employee)
        role_grant(scope, role.record, Grants(frozenset({Right(ANY, ANY, RowScope.ALL)})))
        employee_assign_roles(scope, person.record, {role.record.id: None})
        id_ = person.record.id
    let_in(place.tenant, id_, "ada@storm.test", None, "Ada")
    return issue_token(place.tenant, id_, 1).token


def _tell_me(place: Place, token: str, receiver: Receiver) -> None:
    values = {"name": "Storm", "url": f"http://{receiver.place}/hook", "events": ["customer.created"]}
    made = place.post(token, HOOK, input=values)["webhookCreate"]
    assert made["id"], made["problems"]
