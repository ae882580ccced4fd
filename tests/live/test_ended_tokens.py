"""A connection lasts no longer than the token with which it was opened, however that ends."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx2
import pytest
import sqlalchemy as sa

from saas.kit.clock import now
from saas.kit.errors import AtriumError, Unauthenticated, Unavailable
from saas.kit.settings import settings
from saas.schema.live import hub, vigil
from saas.tenants.directory import directory
from saas.tenants.directory_tables import membership
from saas.tenants.oauth_tables import authorization, installation
from saas.tenants.sign_in import issue_token
from tests.apps import Given, given
from tests.live.ear import CUSTOMERS
from tests.live.wire import greeted
from tests.tenants.place import until
from tests.world import Person, World


def changed(table: sa.Table, id_: object, **values: Any) -> None:
    with directory() as connection:
        done = connection.execute(table.update().where(table.c.id == id_).values(**values))
        assert done.rowcount == 1


def test_a_token_that_ends_ends_its_connections(world: World, url: str) -> None:
    sam = world.garage.sam
    theirs = replace(sam, token=issue_token(sam.tenant, sam.id, 1).token)
    with greeted(url, theirs) as first, greeted(url, theirs) as second, greeted(url, sam) as other:
        first.subscribe(CUSTOMERS)
        answer = httpx2.post(f"{url}/sign-out", headers={"authorization": f"Bearer {theirs.token}"})
        assert answer.status_code == 204
        assert (
            first.closed() == second.closed() == (4403, "The token has ended. Connect again with a token that is good.")
        )
        assert other.is_open()


def test_a_token_ends_by_itself(world: World, url: str) -> None:
    sam = world.garage.sam
    soon = replace(sam, token=issue_token(sam.tenant, sam.id, 1 / 3600).token)
    with greeted(url, soon) as wire, greeted(url, sam) as other:
        assert wire.closed()[0] == 4403
        assert other.is_open()


ENDS: dict[str, Callable[[Given], None]] = {
    "the person shuts it out": lambda app: changed(authorization, app.authorization_id, ended_at=now()),
    "the company uninstalls it": lambda app: changed(installation, app.installation_id, ended_at=now()),
    "it may do less than before": lambda app: changed(installation, app.installation_id, scopes=["customer:read"]),
}


@pytest.mark.parametrize("how", ENDS)
def test_what_an_app_was_given_ends(world: World, url: str, how: str) -> None:
    app, other = (given(world.garage.ada, "customer:read", "contact:read") for _ in range(2))
    with greeted(url, app.person) as wire, greeted(url, other.person) as kept:
        ENDS[how](app)
        code, reason = wire.closed()
        assert (code, reason.startswith("The token ")) == (4403, True)
        assert kept.is_open()


def test_who_leaves_the_company_is_gone(world: World, url: str) -> None:
    nick: Person = world.garage.nick
    with greeted(url, nick) as wire, greeted(url, world.garage.sam) as other:
        with directory() as connection:
            found = sa.select(membership.c.id).where(membership.c.principal_id == nick.id)
            id_ = connection.execute(found).scalar_one()
        changed(membership, id_, ended_at=now())
        assert wire.closed()[0] == 4403
        assert other.is_open()


def test_it_is_found_out_however_much_is_read_for_followers(world: World, url: str) -> None:
    sam = world.garage.sam
    theirs = replace(sam, token=issue_token(sam.tenant, sam.id, 1).token)
    go_on = threading.Event()
    with greeted(url, theirs) as wire:
        busy = [hub._threads().submit(go_on.wait, 60) for _ in range(settings().live_threads)]
        try:
            httpx2.post(f"{url}/sign-out", headers={"authorization": f"Bearer {theirs.token}"})
            assert wire.closed()[0] == 4403
            assert not any(each.done() for each in busy)
        finally:
            go_on.set()


def test_while_the_directory_is_down_who_is_known_stays_for_some_minutes(
    world: World, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def down(callers: list[Any]) -> None:
        asked.append(len(callers))
        raise Unavailable("The directory does not answer.")

    monkeypatch.setattr(vigil, "EVERY", 0.05)
    monkeypatch.setattr(vigil, "objections", down)
    with greeted(url, world.garage.sam) as wire:
        until(lambda: len(asked) > 2, "it was looked at several times")
        assert wire.is_open()
        monkeypatch.setattr(vigil, "WITHOUT_DIRECTORY", timedelta(0))
        assert wire.closed() == (1013, "The directory does not answer.")


def test_a_fault_of_one_look_does_not_end_the_looking(world: World, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def broken(callers: list[Any]) -> list[AtriumError | None]:
        asked.append(len(callers))
        if len(asked) == 1:
            raise ZeroDivisionError
        return [Unauthenticated("The token has ended.")] * len(callers)

    monkeypatch.setattr(vigil, "EVERY", 0.05)
    monkeypatch.setattr(vigil, "objections", broken)
    with greeted(url, world.garage.sam) as wire:
        assert wire.closed() == (4403, "The token has ended.")
    assert len(asked) > 1
