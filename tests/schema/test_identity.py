"""Administrators look at and end sign-ins of their own company, and learn nothing of any other."""

import itertools
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import orjson
import pytest

from saas.engine.access.tables import RowScope
from saas.kit import clock
from saas.modules.organisation.rights import Grants, Right
from saas.tenants.directory import directory
from saas.tenants.identity.sign_in_log import log_sign_in
from saas.tenants.sign_in import issue_token, let_in
from tests.browsing import Browser, acts, browser, change, known
from tests.engine.people import hire
from tests.world import PASSWORD, Person, World

PEOPLE = """
    query($active: Boolean, $first: Int!, $after: ID) {
      people(active: $active, first: $first, after: $after) {
        nodes { id employeeId email active secondFactor hasPassword lastSignInAt endedAt } hasNextPage
      }
    }"""
SESSIONS = "query($id: ID!) { sessions(employeeId: $id) { id kind methods address } }"
END = "mutation($id: ID!) { x: sessionEnd(id: $id) { id problems { code path } } }"
POLICY = """{ signInPolicy {
      passwordLength passwordClasses passwordHistory passwordDays passwordAllowed
      captcha secondFactor sessionHours idleMinutes
    } }"""
UPDATE = """
    mutation($input: SignInPolicyUpdateInput!) {
      x: signInPolicyUpdate(input: $input) {
        id signInPolicy { passwordLength passwordDays captcha idleMinutes } problems { code path message }
      }
    }"""
LOG = """
    query($id: ID, $outcomes: [SignInOutcome!], $from: DateTime, $first: Int! = 50, $after: ID) {
      signInLog(employeeId: $id, outcomes: $outcomes, from: $from, first: $first, after: $after) {
        nodes { id employeeId email outcome method address } hasNextPage
      }
    }"""
ACTS = """
    query($verbs: [String!], $first: Int! = 50, $after: ID) {
      identityActs(verbs: $verbs, first: $first, after: $after) {
        nodes { id actorId appId verb subject details } hasNextPage
      }
    }"""
DEFAULT = {
    "passwordLength": 8,
    "passwordClasses": 1,
    "passwordHistory": 0,
    "passwordDays": None,
    "passwordAllowed": True,
    "captcha": "AFTER_FAILURES",
    "secondFactor": False,
    "sessionHours": None,
    "idleMinutes": None,
}
_numbers = itertools.count(1)


@pytest.fixture
def guest() -> Iterator[Browser]:
    with browser("192.0.2.7") as opened:
        yield opened


@pytest.fixture(autouse=True)
def rules_are_as_in_the_beginning() -> None:
    change("DELETE FROM directory.sign_in_policy")


def in_both(world: World) -> tuple[Person, Person]:
    """One person who signs in to both companies by one password."""
    name = f"bo{next(_numbers)}"
    here, there = hire(world.garage, name, Grants()), hire(world.rival, f"{name}r", Grants())
    let_in(world.rival.tenant, there.id, here.email, None, name)
    let_in(world.garage.tenant, here.id, here.email, PASSWORD, name)
    tokens = [issue_token(each.tenant, each.id, 1).token for each in (here, there)]
    return replace(here, token=tokens[0]), replace(there, email=here.email, token=tokens[1])


def tried(person: Person, outcome: str = "ok", *, tenant: Any = None, method: str = "pwd") -> None:
    ((person_id,),) = known("SELECT id FROM directory.person WHERE email = :email", email=person.email)
    with directory() as connection:
        log_sign_in(
            connection,
            person_id=person_id,
            email=person.email,
            outcome=outcome,
            method=method,
            address="192.0.2.1",
            agent="test",
            tenant_id=tenant.id if tenant else None,
        )


def people(person: Person, **given: Any) -> dict[str, dict[str, Any]]:
    found = person.ask(PEOPLE, **{"first": 500, "active": None, **given})["people"]["nodes"]
    return {each["employeeId"]: each for each in found}


def log(person: Person, **given: Any) -> list[tuple[str, str]]:
    return [(each["email"], each["outcome"]) for each in person.ask(LOG, **given)["signInLog"]["nodes"]]


def test_people_are_those_of_the_own_company(world: World) -> None:
    here, there = in_both(world)
    found = people(world.garage.ada)
    assert found.keys().isdisjoint({str(there.id), str(world.rival.rita.id)})
    told = found[str(here.id)]
    assert {**told, "id": None} == {
        "id": None,
        "employeeId": str(here.id),
        "email": here.email,
        "active": True,
        "secondFactor": False,
        "hasPassword": True,
        "lastSignInAt": None,
        "endedAt": None,
    }
    end = "mutation($id: ID!) { membershipEnd(employeeId: $id) { problems { code } } }"
    world.garage.ada.ask(end, id=str(here.id))
    assert str(here.id) not in people(world.garage.ada, active=True)
    assert people(world.garage.ada, active=False)[str(here.id)]["active"] is False
    assert people(world.rival.rita, active=True)[str(there.id)]["active"] is True


def test_people_come_page_by_page(world: World) -> None:
    ada, seen, after = world.garage.ada, [], None
    whole = list(people(ada))
    while True:
        page = ada.ask(PEOPLE, first=2, after=after, active=None)["people"]
        seen += [each["employeeId"] for each in page["nodes"]]
        if not page["hasNextPage"]:
            break
        after = page["nodes"][-1]["id"]
    assert seen == whole
    assert ada.errors(PEOPLE, first=501, active=None)[0]["extensions"]["code"] == "BAD_INPUT"


def test_the_log_tells_of_ones_people_while_they_were_there(world: World) -> None:
    here, there = in_both(world)
    begun = clock.now()
    with clock.stopped_at(begun - timedelta(days=1)):
        tried(here, "wrong")  # before they came
    tried(here)
    tried(here, "second_factor_wrong", method="otp")
    tried(here, "refused", tenant=there.tenant)
    assert log(world.garage.ada, id=str(here.id)) == [(here.email, "SECOND_FACTOR_WRONG"), (here.email, "OK")]
    assert [outcome for _, outcome in log(world.rival.rita, id=str(there.id))] == [
        "REFUSED",
        "SECOND_FACTOR_WRONG",
        "OK",
    ]
    assert log(world.garage.ada, id=str(there.id)) == []
    assert log(world.garage.ada, id=str(here.id), outcomes=["OK"]) == [(here.email, "OK")]
    late = (begun + timedelta(minutes=1)).isoformat()
    assert log(world.garage.ada, id=str(here.id), **{"from": late}) == []
    assert people(world.garage.ada)[str(here.id)]["lastSignInAt"] is not None
    page = world.garage.ada.ask(LOG, first=1, id=str(here.id))["signInLog"]
    assert page["hasNextPage"] is True
    rest = world.garage.ada.ask(LOG, first=5, id=str(here.id), after=page["nodes"][0]["id"])["signInLog"]
    assert ([each["outcome"] for each in rest["nodes"]], rest["hasNextPage"]) == (["OK"], False)


def test_tries_of_strangers_are_told_to_the_company_they_were_for(world: World) -> None:
    with directory() as connection:
        for tenant, email in ((world.garage.tenant, "stranger@x.test"), (None, "nobody@x.test")):
            log_sign_in(
                connection,
                person_id=None,
                email=email,
                outcome="wrong",
                method="pwd",
                address="",
                agent="",
                tenant_id=tenant.id if tenant else None,
            )
    assert [each for each in log(world.garage.ada) if each[0].endswith("@x.test")] == [("stranger@x.test", "WRONG")]
    assert [each for each in log(world.rival.rita) if each[0].endswith("@x.test")] == []


def test_a_session_is_seen_and_ended_by_administrators_of_the_persons_companies(world: World, guest: Browser) -> None:
    here, there = in_both(world)
    other = hire(world.garage, f"other{next(_numbers)}", Grants())
    guest.sign_in(here.email, PASSWORD)
    found = world.garage.ada.ask(SESSIONS, id=str(here.id))["sessions"]
    assert [(each["kind"], each["methods"], each["address"]) for each in found] == [
        ("BROWSER", ["pwd"], "192.0.2.7"),
        ("OPERATOR", [], ""),
    ]
    # The token to the other company is none of this one's business.
    theirs = world.rival.rita.ask(SESSIONS, id=str(there.id))["sessions"]
    assert {each["id"] for each in theirs} & {each["id"] for each in found} == {found[0]["id"]}
    assert world.rival.rita.ask(SESSIONS, id=str(here.id)) == {"sessions": []}
    refused = {"id": None, "problems": [{"code": "NOT_FOUND", "path": ["id"]}]}
    assert world.rival.rita.ask(END, id=found[1]["id"])["x"] == refused
    assert other.ask(END, id=found[0]["id"])["x"]["problems"] == [{"code": "FORBIDDEN", "path": []}]
    assert len(world.garage.ada.ask(SESSIONS, id=str(here.id))["sessions"]) == 2
    for each in found:
        assert world.garage.ada.ask(END, id=each["id"])["x"] == {"id": each["id"], "problems": []}
        assert acts("garage")[-1] == ("session.end", each["id"])
    assert world.garage.ada.ask(SESSIONS, id=str(here.id)) == {"sessions": []}
    assert world.garage.ada.ask(END, id=found[0]["id"])["x"] == refused
    assert guest.get("/account/second-factor").location.startswith("/account/sign-in")
    with clock.stopped_at(clock.now() + timedelta(seconds=6)):
        assert here.http("{ viewer { name } }").status_code == 401
        assert there.http("{ viewer { name } }").status_code == 200


def test_everybody_sees_and_ends_their_own(world: World, guest: Browser) -> None:
    here, _ = in_both(world)
    guest.sign_in(here.email, PASSWORD)
    found = here.ask("{ viewer { sessions { id kind } } }")["viewer"]["sessions"]
    assert [each["kind"] for each in found] == ["BROWSER", "OPERATOR"]
    assert here.ask(SESSIONS, id=str(here.id))["sessions"][0]["id"] == found[0]["id"]
    assert here.ask(END, id=found[0]["id"])["x"] == {"id": found[0]["id"], "problems": []}
    assert here.errors(SESSIONS, id=str(world.garage.mona.id))[0]["extensions"]["code"] == "FORBIDDEN"


def test_a_token_with_scopes_is_not_the_person_themselves(world: World) -> None:
    here, _ = in_both(world)
    with directory() as connection:
        narrow = "UPDATE directory.sign_in SET scopes = '{customer:read}' WHERE membership_id = (SELECT id FROM"
        connection.exec_driver_sql(f"{narrow} directory.membership WHERE principal_id = '{here.id}')")
    assert here.errors("{ viewer { sessions { id } } }")[0]["extensions"]["code"] == "FORBIDDEN"
    ((token_id,),) = known("SELECT id FROM directory.sign_in WHERE scopes = '{customer:read}'")
    assert here.ask(END, id=str(token_id))["x"]["problems"][0]["code"] == "FORBIDDEN"


def test_rules_are_changed_within_bounds_and_for_the_own_company_only(world: World) -> None:
    ada = world.garage.ada
    assert ada.ask(POLICY)["signInPolicy"] == DEFAULT
    given = {"passwordLength": 12, "passwordDays": 90, "captcha": "ALWAYS", "idleMinutes": 30}
    assert ada.ask(UPDATE, input=given)["x"] == {
        "id": str(world.garage.tenant.id),
        "signInPolicy": given,
        "problems": [],
    }
    assert ada.ask(UPDATE, input={"passwordDays": None})["x"]["problems"] == []
    assert ada.ask(POLICY)["signInPolicy"] == DEFAULT | given | {"passwordDays": None}
    assert world.rival.rita.ask(POLICY)["signInPolicy"] == DEFAULT
    told = ada.ask(ACTS, verbs=["signInPolicy.update"])["identityActs"]["nodes"][:2]
    assert [orjson.loads(each["details"]) for each in told] == [
        {"password_days": [90, None]},
        {
            "password_length": [8, 12],
            "password_days": [None, 90],
            "captcha": ["after_failures", "always"],
            "idle_minutes": [None, 30],
        },
    ]
    assert {(each["actorId"], each["subject"]) for each in told} == {(str(ada.id), str(world.garage.tenant.id))}
    assert ada.ask(UPDATE, input={"passwordLength": 12})["x"]["problems"] == []
    assert ada.ask(ACTS, verbs=["signInPolicy.update"])["identityActs"]["nodes"][:2] == told
    wrong = {
        "passwordLength": 7,
        "passwordClasses": 5,
        "passwordHistory": 25,
        "passwordDays": 0,
        "secondFactor": None,
        "sessionHours": 0.1,
        "idleMinutes": 0,
    }
    refused = ada.ask(UPDATE, input=wrong)["x"]
    assert (refused["id"], refused["signInPolicy"]) == (None, None)
    assert [(each["code"], each["path"]) for each in refused["problems"]] == [("BAD_INPUT", [name]) for name in wrong]
    assert refused["problems"][0]["message"] == "passwordLength is 8 to 64."
    assert ada.ask(POLICY)["signInPolicy"] == DEFAULT | given | {"passwordDays": None}


def test_passwords_are_not_forbidden_where_there_is_no_other_way_in(world: World) -> None:
    refused = world.garage.ada.ask(UPDATE, input={"passwordAllowed": False, "passwordLength": 20})["x"]
    assert [(each["code"], each["path"]) for each in refused["problems"]] == [("RULE_BROKEN", ["passwordAllowed"])]
    assert world.garage.ada.ask(POLICY)["signInPolicy"] == DEFAULT


def test_a_problem_elsewhere_takes_back_what_was_done_in_the_directory_and_the_company(world: World) -> None:
    here, _ = in_both(world)
    ((token_id,),) = known(
        "SELECT s.id FROM directory.sign_in s JOIN directory.membership m ON m.id = s.membership_id"
        " WHERE m.principal_id = :id",
        id=here.id,
    )
    before = acts("garage"), world.garage.ada.ask(POLICY)
    answer = world.garage.ada.ask(
        """mutation($id: ID!, $employee: ID!) {
          a: sessionEnd(id: $id) { id problems { code } }
          b: membershipEnd(employeeId: $employee) { problems { code } }
          c: customerCreate(input: { name: "Never" }) { id problems { code } }
          d: signInPolicyUpdate(input: { passwordHistory: 24 }) { id problems { code } }
          e: signInPolicyUpdate(input: { passwordLength: 1 }) { id problems { code } }
        }""",
        id=str(token_id),
        employee=str(here.id),
    )
    assert {name: [each["code"] for each in payload["problems"]] for name, payload in answer.items()} == {
        "a": ["ROLLED_BACK"],
        "b": ["ROLLED_BACK"],
        "c": ["ROLLED_BACK"],
        "d": ["ROLLED_BACK"],
        "e": ["BAD_INPUT"],
    }
    assert (acts("garage"), world.garage.ada.ask(POLICY)) == before
    assert here.ask("{ viewer { id } }")["viewer"] == {"id": str(here.id)}
    assert world.sql(world.garage, "SELECT 1 FROM customer WHERE name = 'Never'") == []


def test_acts_are_those_of_the_own_company_page_by_page(world: World) -> None:
    ada = world.garage.ada
    for length in (9, 10, 11):
        ada.ask(UPDATE, input={"passwordHistory": length})
        world.rival.rita.ask(UPDATE, input={"passwordHistory": length})
    page = ada.ask(ACTS, first=2)["identityActs"]
    assert page["hasNextPage"] is True
    after = ada.ask(ACTS, first=500, after=page["nodes"][1]["id"])["identityActs"]
    found = [*page["nodes"], *after["nodes"]]
    assert [(each["verb"], each["subject"]) for each in reversed(found)] == acts("garage")


def test_without_the_right_nothing_is_told_or_done(world: World) -> None:
    reader = hire(world.garage, f"reader{next(_numbers)}", Grants(frozenset({Right("identity", "read", RowScope.ALL)})))
    before = acts("garage")
    for query, given in ((PEOPLE, {"first": 1}), (LOG, {}), (ACTS, {}), (POLICY, {})):
        assert world.garage.mona.errors(query, **given)[0]["extensions"]["code"] == "FORBIDDEN"
        assert "errors" not in reader.http(query, given).json()
    for person in (reader, world.garage.mona):
        assert person.ask(UPDATE, input={"secondFactor": True})["x"]["problems"][0]["code"] == "FORBIDDEN"
    assert world.garage.ada.ask(POLICY)["signInPolicy"]["secondFactor"] is False
    assert acts("garage") == before
