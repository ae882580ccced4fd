"""Personal access tokens do what their scopes say, no more than their maker may, and end when they are told to."""

import itertools
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from saas.engine.access.tables import RowScope
from saas.kit import clock
from saas.modules.customers.customer import Customer
from saas.modules.identity.personal_tokens import covers
from saas.modules.organisation.rights import Grants, Right
from saas.tenants.sign_in import forget_callers
from tests.browsing import acts, known
from tests.engine.people import hire, regrant
from tests.world import Person, World

CREATE = """
    mutation($input: PersonalTokenCreateInput!) {
      x: personalTokenCreate(input: $input) { id token problems { code path message } }
    }"""
REVOKE = "mutation($id: ID!) { x: personalTokenRevoke(id: $id) { id problems { code path } } }"
LIST = "{ personalTokens { id name scopes } }"
CUSTOMERS = "{ customers(first: 1) { nodes { name } } }"
WRITE = 'mutation { x: customerCreate(input: { name: "By a token" }) { id problems { code } } }'
READER = Grants(frozenset({Right("customer", "read", RowScope.ALL), Right("customer", "create", RowScope.ALL)}))
_numbers = itertools.count(1)


def somebody(world: World, grants: Grants = READER) -> Person:
    return hire(world.garage, f"pat{next(_numbers)}", grants)


def wish(*scopes: str, days: float = 30, name: str = "Script") -> dict[str, Any]:
    return {"name": name, "scopes": list(scopes), "expiresAt": (clock.now() + timedelta(days=days)).isoformat()}


def made(person: Person, *scopes: str, days: float = 30) -> tuple[str, Person]:
    """A token's id, and whoever shows it."""
    answer = person.ask(CREATE, input=wish(*scopes, days=days))["x"]
    assert answer["problems"] == []
    return answer["id"], replace(person, token=answer["token"])


def test_it_is_shown_once_and_does_what_its_scopes_say(world: World) -> None:
    world.garage.make(Customer)
    pat = somebody(world)
    id_, script = made(pat, "customer:read")
    assert script.token.startswith("atp_")
    assert acts("garage")[-1] == ("personalToken.create", id_)
    assert len(script.ask(CUSTOMERS)["customers"]["nodes"]) == 1
    assert script.ask(WRITE)["x"]["problems"][0]["code"] == "FORBIDDEN"
    assert pat.ask(LIST) == {"personalTokens": [{"id": id_, "name": "Script", "scopes": ["customer:read"]}]}
    assert pat.ask("{ viewer { sessions { kind name } } }")["viewer"]["sessions"][0] == {
        "kind": "PERSONAL",
        "name": "Script",
    }
    kept = known("SELECT token_hash FROM directory.sign_in WHERE kind = 'personal'")
    assert [each for (each,) in kept if script.token.encode() in bytes(each)] == []
    regrant(world.garage, pat, Grants())
    assert script.errors(CUSTOMERS)[0]["extensions"]["code"] == "FORBIDDEN"


def test_it_ends_by_time_and_by_its_holder(world: World) -> None:
    pat = somebody(world)
    _, short = made(pat, "*:*", days=1)
    id_, script = made(pat, "*:*")
    assert short.ask(CUSTOMERS)
    with clock.stopped_at(clock.now() + timedelta(days=1, seconds=1)):
        assert short.http(CUSTOMERS).status_code == 401
        assert script.http(CUSTOMERS).status_code == 200
    forget_callers()  # what was asked tomorrow
    assert pat.ask(REVOKE, id=id_)["x"] == {"id": id_, "problems": []}
    with clock.stopped_at(clock.now() + timedelta(seconds=6)):
        assert script.http(CUSTOMERS).status_code == 401


def test_others_neither_see_nor_end_it_but_an_administrator_of_the_company(world: World) -> None:
    pat, other = somebody(world), somebody(world)
    id_, script = made(pat, "customer:read")
    assert other.ask(LIST) == {"personalTokens": []}
    assert other.ask(REVOKE, id=id_)["x"]["problems"] == [{"code": "FORBIDDEN", "path": []}]
    assert world.rival.rita.ask(REVOKE, id=id_)["x"]["problems"] == [{"code": "NOT_FOUND", "path": ["id"]}]
    with clock.stopped_at(clock.now() + timedelta(seconds=6)):
        assert script.http(CUSTOMERS).status_code == 200
    assert world.garage.ada.ask(REVOKE, id=id_)["x"] == {"id": id_, "problems": []}
    assert acts("garage")[-1] == ("personalToken.revoke", id_)
    # A token of another kind is no personal one.
    ((token_id,),) = known(
        "SELECT s.id FROM directory.sign_in s JOIN directory.membership m ON m.id = s.membership_id"
        " WHERE m.principal_id = :id",
        id=pat.id,
    )
    assert world.garage.ada.ask(REVOKE, id=str(token_id))["x"]["problems"][0]["code"] == "NOT_FOUND"


@pytest.mark.parametrize(
    ("changes", "paths"),
    [
        ({"name": " "}, [["name"]]),
        ({"name": "two\nlines"}, [["name"]]),
        ({"scopes": []}, [["scopes"]]),
        ({"scopes": ["customer:read", "nothing:read", "customer"]}, [["scopes", "1"], ["scopes", "2"]]),
        ({"expiresAt": "2020-01-01T00:00:00Z"}, [["expiresAt"]]),
        ({"expiresAt": "2999-01-01T00:00:00Z", "name": ""}, [["name"], ["expiresAt"]]),
    ],
)
def test_what_means_nothing_makes_none(world: World, changes: dict[str, Any], paths: list[list[str]]) -> None:
    pat = somebody(world)
    before = acts("garage")
    refused = pat.ask(CREATE, input=wish("customer:read") | changes)["x"]
    assert (refused["id"], refused["token"]) == (None, None)
    assert [(each["code"], each["path"]) for each in refused["problems"]] == [("BAD_INPUT", path) for path in paths]
    assert (pat.ask(LIST), acts("garage")) == ({"personalTokens": []}, before)


def test_a_token_makes_none_that_may_more_than_itself(world: World) -> None:
    """As an app, whose token is bound by scopes too."""
    pat = somebody(world)
    _, script = made(pat, "customer:read", "contact:*")
    refused = script.ask(CREATE, input=wish("customer:read", "customer:create", "*:read", "*:*"))["x"]
    assert [(each["code"], each["path"]) for each in refused["problems"]] == [
        ("FORBIDDEN", ["scopes", str(number)]) for number in (1, 2, 3)
    ]
    assert script.ask(CREATE, input=wish("customer:read", "contact:read"))["x"]["problems"] == []
    assert script.errors(LIST)[0]["extensions"]["code"] == "FORBIDDEN"


@pytest.mark.parametrize(
    ("held", "wanted", "is_covered"),
    [
        ({"*:*"}, "identity:read", True),
        ({"*:read"}, "identity:read", False),
        ({"*:read"}, "customer:read", True),
        ({"*:read"}, "*:read", True),
        ({"customer:*"}, "customer:read", True),
        ({"customer:*"}, "*:read", False),
        ({"customer:read"}, "customer:*", False),
        (set(), "customer:read", False),
    ],
)
def test_a_scope_covers_what_it_allows(held: set[str], wanted: str, is_covered: bool) -> None:
    assert covers(held, wanted) is is_covered


def test_a_person_has_at_most_fifty(world: World) -> None:
    pat = somebody(world)
    many = " ".join(f"t{number}: personalTokenCreate(input: $input) {{ id }}" for number in range(10))
    document = f"mutation($input: PersonalTokenCreateInput!) {{ {many} }}"
    for _ in range(5):
        assert all(each["id"] for each in pat.ask(document, input=wish("customer:read")).values())
    refused = pat.ask(CREATE, input=wish("customer:read"))["x"]
    assert [each["code"] for each in refused["problems"]] == ["RULE_BROKEN"]
    assert len(pat.ask(LIST)["personalTokens"]) == 50


def test_an_answer_that_is_kept_is_not_kept_readable(world: World) -> None:
    """With an Idempotency-Key the token is in an answer that is kept for a day."""
    pat = somebody(world)
    given = wish("customer:read")
    first, again = (pat.http(CREATE, {"input": given}, **{"idempotency-key": f"k-{pat.name}"}) for _ in range(2))
    token = first.json()["data"]["x"]["token"]
    assert again.json() == first.json()
    assert again.headers["idempotency-replayed"] == "true"
    kept = world.sql(world.garage, "SELECT answer FROM idempotency WHERE actor_id = %s", pat.id)
    assert len(kept) == 1
    assert token not in kept[0][0]
    assert len(pat.ask(LIST)["personalTokens"]) == 1


def test_when_it_ends_is_told_to_the_moment(world: World) -> None:
    pat = somebody(world)
    given = wish("customer:read")
    pat.ask(CREATE, input=given)
    (told,) = pat.ask("{ personalTokens { expiresAt } }")["personalTokens"]
    assert datetime.fromisoformat(told["expiresAt"]) == datetime.fromisoformat(given["expiresAt"])
