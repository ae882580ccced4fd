"""A connection lasts no longer than the token with which it was opened, however that ends."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx2
import pytest
import sqlalchemy as sa

from saas.kit.clock import now
from saas.tenants.directory import directory
from saas.tenants.directory_tables import membership
from saas.tenants.oauth_tables import authorization, installation
from saas.tenants.sign_in import issue_token
from tests.apps import Given, given
from tests.live.ear import CUSTOMERS
from tests.live.wire import greeted
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
