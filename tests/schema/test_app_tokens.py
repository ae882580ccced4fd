"""Through an app a person may do what they may, as far as the app's scopes go, and no longer than all of it stands."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from joserfc import jwt
from joserfc.jwk import RSAKey

from saas.kit.clock import now, stopped_at
from saas.modules.customers.customer import Customer
from saas.tenants.directory import directory
from saas.tenants.directory_tables import membership
from saas.tenants.identity.access_token import TYPE, resource
from saas.tenants.identity.keys import ALGORITHM, keys
from saas.tenants.oauth_tables import app, authorization, installation
from saas.tenants.sign_in import FRESH, forget_callers
from tests.apps import Given, given
from tests.world import Person, World, call

CUSTOMERS = "{ customers(first: 1) { nodes { name } } }"
ME = "{ viewer { id permissions } }"
CREATE = 'mutation { customerCreate(input: { name: "Made by an app" }) { id problems { code } } }'


def code_of(person: Person, query: str = ME) -> str:
    """The code of the refusal."""
    answer = person.http(query)
    return str(answer.json()["errors"][0]["extensions"]["code"])


def permissions(person: Person) -> set[str]:
    return set(person.ask(ME)["viewer"]["permissions"])


def test_scopes_bound_what_an_administrator_may(world: World) -> None:
    through = given(world.garage.ada, "customer:read").person
    assert permissions(through) == {"customer.read"}
    assert through.ask(ME)["viewer"]["id"] == str(world.garage.ada.id)
    assert "errors" not in through.http(CUSTOMERS).json()
    assert code_of(through, "{ contacts { nodes { name } } }") == "FORBIDDEN"


def test_scopes_give_nobody_what_they_may_not(world: World) -> None:
    assert permissions(given(world.garage.nick, "*:*").person) == set()
    mine = {each for each in permissions(world.garage.sam) if each.endswith(".read")}
    assert permissions(given(world.garage.sam, "*:read").person) == mine
    assert permissions(given(world.garage.sam, "customer:*").person) == {
        each for each in permissions(world.garage.sam) if each.startswith("customer.")
    }


def test_a_scope_reaches_no_further_than_the_right(world: World) -> None:
    theirs = world.garage.make(Customer, owner_id=world.garage.sue.id)
    query = "query ($id: ID!) { customer(id: $id) { id } }"
    assert given(world.garage.sam, "customer:read").person.ask(query, id=str(theirs)) == {"customer": None}
    assert given(world.garage.ada, "customer:read").person.ask(query, id=str(theirs)) == {
        "customer": {"id": str(theirs)}
    }


def test_what_the_scopes_leave_out_is_not_written(world: World) -> None:
    through = given(world.garage.ada, "customer:read").person
    (count,) = world.sql(world.garage, "SELECT count(*) FROM customer")
    answer = through.ask(CREATE)["customerCreate"]
    assert answer == {"id": None, "problems": [{"code": "FORBIDDEN"}]}
    assert world.sql(world.garage, "SELECT count(*) FROM customer") == [count]


def test_the_audit_names_the_app(world: World) -> None:
    through = given(world.garage.ada, "customer:create", "customer:read").person
    id_ = through.ask(CREATE)["customerCreate"]["id"]
    found = world.sql(world.garage, "SELECT actor_id, app FROM audit WHERE record_id = %s", id_)
    assert found == [(world.garage.ada.id, "Route Planner")]


def test_the_short_way_heeds_scopes_too(world: World) -> None:
    """The same document, asked by a person again and again, and by an app of theirs: none gets the other's answer."""
    both = given(world.garage.ada, "customer:read").person
    neither = given(world.garage.ada, "contact:read").person
    for _ in range(3):
        assert "errors" not in world.garage.ada.http(CUSTOMERS).json()
        assert "errors" not in both.http(CUSTOMERS).json()
        assert code_of(neither, CUSTOMERS) == "FORBIDDEN"


ENDS: dict[str, Callable[[Given], sa.Update]] = {
    "agreement": lambda one: (
        sa.update(authorization).where(authorization.c.id == one.authorization_id).values(ended_at=now())
    ),
    "installation": lambda one: (
        sa.update(installation).where(installation.c.id == one.installation_id).values(ended_at=now())
    ),
    "app": lambda one: sa.update(app).where(app.c.id == one.app_id).values(state="suspended"),
    "membership": lambda one: (
        sa.update(membership).where(membership.c.principal_id == one.person.id).values(ended_at=now())
    ),
}


@pytest.mark.parametrize("what", ENDS)
def test_what_ended_is_seen_within_five_seconds(world: World, what: str) -> None:
    through = given(world.garage.vera, "customer:read")
    assert permissions(through.person) == {"customer.read"}
    with directory() as connection:
        connection.execute(ENDS[what](through))
    try:
        with stopped_at(now() + FRESH + timedelta(milliseconds=1)):
            assert code_of(through.person) == "UNAUTHENTICATED"
    finally:
        with directory() as connection:
            back = sa.update(membership).where(membership.c.principal_id == world.garage.vera.id)
            connection.execute(back.values(ended_at=None))


def test_the_tenant_takes_back_a_scope(world: World) -> None:
    through = given(world.garage.ada, "customer:read", "contact:read")
    assert permissions(through.person) == {"customer.read", "contact.read"}
    with directory() as connection:
        less = sa.update(installation).where(installation.c.id == through.installation_id)
        connection.execute(less.values(scopes=["contact:read"]))
    forget_callers()
    assert permissions(through.person) == {"contact.read"}


def test_a_token_ends_when_it_says(world: World) -> None:
    through = given(world.garage.ada, "customer:read").person
    with stopped_at(now() + timedelta(minutes=9, seconds=50)):
        assert permissions(through) == {"customer.read"}
    with stopped_at(now() + timedelta(minutes=10, seconds=1)):
        assert code_of(through) == "UNAUTHENTICATED"


def claims_of(token: str) -> dict[str, Any]:
    part = token.split(".")[1]
    told: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return told


def signed(claims: dict[str, Any], key: RSAKey | None = None, **header: str) -> str:
    ours = keys().signing
    return jwt.encode({"alg": ALGORITHM, "typ": TYPE, "kid": str(ours.kid), **header}, claims, key or ours)


FORGED: dict[str, Callable[[dict[str, Any]], str]] = {
    "another key": lambda claims: signed(claims, RSAKey.generate_key(2048, private=True)),
    "another type": lambda claims: signed(claims, typ="JWT"),
    "another issuer": lambda claims: signed({**claims, "iss": "https://evil.example"}),
    "another resource": lambda claims: signed({**claims, "aud": "https://other.example/api"}),
    "no agreement": lambda claims: signed({name: value for name, value in claims.items() if name != "gid"}),
    "no end": lambda claims: signed({name: value for name, value in claims.items() if name != "exp"}),
    "an unknown key": lambda claims: signed(claims, kid="nobody"),
    "our public key as a secret": lambda claims: _by_hand(claims, "HS256", keys().signing.as_pem(private=False)),
    "no signature": lambda claims: _by_hand(claims, "none", b""),
    "more scopes than were signed": lambda claims: _changed(signed(claims), {**claims, "scope": "*:*"}),
}


def _changed(token: str, claims: dict[str, Any]) -> str:
    head, _, signature = token.split(".")
    return f"{head}.{_part(claims)}.{signature}"


def _by_hand(claims: dict[str, Any], algorithm: str, secret: bytes) -> str:
    """As an attacker makes it; the library refuses to."""
    signed_part = f"{_part({'alg': algorithm, 'typ': TYPE, 'kid': str(keys().signing.kid)})}.{_part(claims)}"
    mac = hmac.new(secret, signed_part.encode(), hashlib.sha256).digest() if secret else b""
    return f"{signed_part}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"


def _part(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


@pytest.mark.parametrize("how", FORGED)
def test_what_we_did_not_sign_for_this_api_is_worth_nothing(world: World, how: str) -> None:
    through = given(world.garage.ada, "customer:read").person
    claims = claims_of(through.token)
    assert claims["aud"] == resource()
    forged = Person(through.name, through.id, through.email, through.tenant, FORGED[how](claims))
    assert code_of(forged) == "UNAUTHENTICATED"
    right = Person(through.name, through.id, through.email, through.tenant, signed(claims))
    assert permissions(right) == {"customer.read"}


def test_a_preview_shows_no_more_than_the_scopes_allow(world: World) -> None:
    through = given(world.garage.ada, "role:update", "role:read", "customer:read").person
    ((admin,),) = world.sql(world.garage, "SELECT id FROM role WHERE name = 'admin'")
    headers = {"authorization": f"Bearer {through.token}"}
    body = {"query": ME, "extensions": {"asRole": {"roleIds": [str(admin)]}}}
    answer = call("POST", "/graphql", json=body, headers=headers).json()
    assert set(answer["data"]["viewer"]["permissions"]) == {"role.update", "role.read", "customer.read"}
