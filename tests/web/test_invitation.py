"""An invitation lets in whom it was sent to, once, for a time, and nobody by being looked at."""

import itertools
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from saas.engine.access.tables import RowScope
from saas.kit import clock
from saas.modules.organisation.employee import Employee
from saas.modules.organisation.rights import Grants, Right
from saas.tenants.sign_in import forget_callers, issue_token, let_in
from tests.apps import given
from tests.browsing import Browser, acts, browser, known, link_in, mails_to, work
from tests.engine.people import hire
from tests.world import PASSWORD, Person, World

INVITE = """
    mutation($input: InvitationCreateInput!) {
      x: invitationCreate(input: $input) { id problems { code message path } }
    }"""
REVOKE = "mutation($id: ID!) { x: invitationRevoke(id: $id) { id problems { code path } } }"
END = "mutation($id: ID!) { x: membershipEnd(employeeId: $id) { id problems { code path } } }"
LIST = "{ invitations { id employeeId email state invitedById } }"
OPEN = "SELECT count(*) FROM directory.link WHERE used_at IS NULL AND ended_at IS NULL AND email = :email"
MEMBER = """
    SELECT m.principal_id, m.ended_at IS NULL FROM directory.membership m
    JOIN directory.person p ON p.id = m.person_id WHERE p.email = :email"""
NEW = "an excellent new password"
_numbers = itertools.count(1)


@pytest.fixture
def guest() -> Iterator[Browser]:
    with browser() as opened:
        yield opened


def somebody(world: World) -> tuple[str, str]:
    """A new employee's id and address."""
    email = f"guest{next(_numbers)}@garage.test"
    return str(world.garage.make(Employee, email=email)), email


def invited(world: World, **given: Any) -> tuple[str, str]:
    """The path in the mail that invites a new employee, and their address."""
    id_, email = somebody(world)
    answer = world.garage.ada.ask(INVITE, input={"employeeId": id_, **given})["x"]
    assert answer["problems"] == []
    work(world)
    return link_in(mails_to(given.get("email", email))[-1]), given.get("email", email)


def test_a_new_person_chooses_name_and_password_and_is_in(world: World, guest: Browser) -> None:
    id_, email = somebody(world)
    answer = world.garage.ada.ask(INVITE, input={"employeeId": id_})["x"]
    assert (answer["problems"], mails_to(email)) == ([], [])
    assert acts("garage")[-1] == ("invitation.create", id_)
    work(world)
    (mail,) = mails_to(email)
    assert mail["subject"] == "ada invites you to Garage"
    path = link_in(mail)
    page = guest.get(path)
    assert (page.status, email in page.text, known(MEMBER, email=email)) == (200, True, [])
    done = guest.post(path, name="Gus Guest", password=NEW, again=NEW)
    assert (done.status, "Welcome" in done.text) == (200, True)
    assert known(MEMBER, email=email) == [(world.sql(world.garage, "SELECT %s::uuid", id_)[0][0], True)]
    assert acts("garage")[-1] == ("invitation.accept", id_)
    assert guest.sign_in(email, NEW).status == 303
    told = {each["id"]: each for each in world.garage.ada.ask(LIST)["invitations"]}[answer["id"]]
    assert told == {
        "id": answer["id"],
        "employeeId": id_,
        "email": email,
        "state": "ACCEPTED",
        "invitedById": str(world.garage.ada.id),
    }
    assert world.rival.rita.ask(LIST) == {"invitations": []}
    again = guest.post(path, name="Gus", password=NEW, again=NEW)
    assert (again.status, "This link has ended" in again.text) == (404, True)


def test_somebody_known_signs_in_as_themselves_and_presses_a_button(world: World, guest: Browser) -> None:
    """A person of another company keeps their password; nobody else's session accepts for them."""
    rob = hire(world.rival, "rob", Grants())
    let_in(world.rival.tenant, rob.id, rob.email, PASSWORD, "rob")
    path, _ = invited(world, email=rob.email)
    assert "Sign in as that person" in guest.get(path).text
    guest.sign_in("sam@garage.test", PASSWORD)
    assert "Sign in as that person" in guest.get(path).text
    assert guest.post(path).status == 403
    assert guest.post(path, name="Rita", password=NEW, again=NEW).status == 403
    assert len(known(MEMBER, email=rob.email)) == 1
    guest.sign_in(rob.email, PASSWORD)
    page = guest.get(path)
    assert "You accept as rob@rival.test." in page.text
    assert len(known(MEMBER, email=rob.email)) == 1
    assert guest.post(path).status == 200
    assert sorted(is_open for _, is_open in known(MEMBER, email=rob.email)) == [True, True]
    assert guest.sign_in(rob.email, PASSWORD).status == 303


def test_a_password_that_will_not_do_leaves_everything_as_it_was(world: World, guest: Browser) -> None:
    path, email = invited(world)
    guest.get(path)
    short = guest.post(path, name="Gus", password="short", again="short")
    assert (short.status, "A password has 8 to 200 characters." in short.text) == (422, True)
    differs = guest.post(path, name="Gus", password=NEW, again=NEW + "x")
    assert (differs.status, "The new password was not typed the same twice." in differs.text) == (422, True)
    nameless = guest.post(path, name="  ", password=NEW, again=NEW)
    assert (nameless.status, "tell your name" in nameless.text) == (422, True)
    assert guest.post(path, csrf="0" * 64, name="Gus", password=NEW, again=NEW).status == 403
    assert known("SELECT 1 FROM directory.person WHERE email = :email", email=email) == []
    assert guest.post(path, name="Gus", password=NEW, again=NEW).status == 200


def test_it_ends_by_time_by_revoking_and_by_a_later_one(world: World, guest: Browser) -> None:
    path, _ = invited(world, days=2)
    with clock.stopped_at(clock.now() + timedelta(days=2, seconds=1)):
        assert guest.get(path).status == 404
        token = issue_token(world.garage.tenant, world.garage.ada.id, 1).token
        states = {each["state"] for each in replace(world.garage.ada, token=token).ask(LIST)["invitations"]}
        assert "EXPIRED" in states
    ada = world.garage.ada
    id_, email = somebody(world)
    first = ada.ask(INVITE, input={"employeeId": id_})["x"]["id"]
    second = ada.ask(INVITE, input={"employeeId": id_, "language": "zh"})["x"]["id"]
    work(world)
    (mail,) = mails_to(email)  # the first one was worthless before it was written
    assert mail["subject"] == "ada 邀请您加入Garage"
    assert ada.ask(REVOKE, id=first)["x"] == {"id": None, "problems": [{"code": "NOT_FOUND", "path": ["id"]}]}
    assert world.rival.rita.ask(REVOKE, id=second)["x"]["problems"] == [{"code": "NOT_FOUND", "path": ["id"]}]
    assert guest.get(link_in(mail)).status == 200
    assert ada.ask(REVOKE, id=second)["x"] == {"id": second, "problems": []}
    assert guest.get(link_in(mail)).status == 404
    assert acts("garage")[-1] == ("invitation.revoke", second)


def test_an_employee_can_be_made_with_the_invitation(world: World, guest: Browser) -> None:
    answer = world.garage.ada.ask(INVITE, input={"name": "Nina New", "email": "nina.new@garage.test"})["x"]
    assert answer["problems"] == []
    work(world)
    path = link_in(mails_to("nina.new@garage.test")[0])
    guest.get(path)
    assert guest.post(path, name="Nina", password=NEW, again=NEW).status == 200
    ((principal, is_open),) = known(MEMBER, email="nina.new@garage.test")
    assert (world.sql(world.garage, "SELECT name FROM employee WHERE id = %s", principal), is_open) == (
        [("Nina New",)],
        True,
    )


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({}, ("REQUIRED", ["employeeId"])),
        ({"name": "X", "email": "nobody"}, ("BAD_INPUT", ["email"])),
        ({"name": "X", "email": "a@b.test\nBcc: c@d.test"}, ("BAD_INPUT", ["email"])),
        ({"name": "X", "email": "x@b.test", "language": "fr"}, ("BAD_INPUT", ["language"])),
        ({"name": "X", "email": "x@b.test", "days": 31}, ("BAD_INPUT", ["days"])),
        ({"employeeId": "00000000-0000-8002-8000-000000000000"}, ("NOT_FOUND", ["employeeId"])),
    ],
)
def test_what_cannot_be_is_refused(world: World, given: dict[str, Any], problem: tuple[str, list[str]]) -> None:
    before = acts("garage"), known("SELECT count(*) FROM directory.link")
    answer = world.garage.ada.ask(INVITE, input=given)["x"]
    assert answer["id"] is None
    assert (answer["problems"][0]["code"], answer["problems"][0]["path"]) == problem
    assert (acts("garage"), known("SELECT count(*) FROM directory.link")) == before


def test_no_log_holds_the_secret_of_a_link(world: World, guest: Browser, capsys: pytest.CaptureFixture[str]) -> None:
    path, _ = invited(world)
    capsys.readouterr()
    guest.get(path)
    logged = capsys.readouterr().out
    assert "path=/account/invitation/…" in logged
    assert path.rpartition("/")[2] not in logged


def test_who_signs_in_already_is_not_invited(world: World) -> None:
    answer = world.garage.ada.ask(INVITE, input={"employeeId": str(world.garage.mona.id)})["x"]
    assert [problem["code"] for problem in answer["problems"]] == ["RULE_BROKEN"]


def test_without_the_right_nothing_happens(world: World) -> None:
    id_, email = somebody(world)
    reader = Grants(frozenset({Right("identity", "read", RowScope.ALL), Right("employee", "read", RowScope.ALL)}))
    eve = hire(world.garage, "eve", reader)
    before = acts("garage")
    for person in (eve, world.garage.sam):
        for query, asked in (
            (INVITE, {"input": {"employeeId": id_}}),
            (REVOKE, {"id": id_}),
            (END, {"id": str(world.garage.mona.id)}),
        ):
            assert [each["code"] for each in person.ask(query, **asked)["x"]["problems"]] == ["FORBIDDEN"]
    assert world.garage.sam.errors(LIST)[0]["extensions"]["code"] == "FORBIDDEN"
    assert eve.http(LIST).json().keys() == {"data", "extensions"}
    assert (acts("garage"), known(OPEN, email=email)) == (before, [(0,)])


def test_a_problem_elsewhere_in_the_mutation_takes_the_invitation_back(world: World) -> None:
    id_, email = somebody(world)
    before = acts("garage")
    both = """
        mutation($id: ID!) {
          a: invitationCreate(input: { employeeId: $id }) { id problems { code } }
          b: invitationCreate(input: { name: "X", email: "nobody" }) { id problems { code } }
        }"""
    answer = world.garage.ada.ask(both, id=id_)
    assert answer["a"] == {"id": None, "problems": [{"code": "ROLLED_BACK"}]}
    work(world)
    assert (acts("garage"), known(OPEN, email=email), mails_to(email)) == (before, [(0,)], [])


def test_few_mails_go_to_one_address(world: World) -> None:
    id_, email = somebody(world)
    answers = [world.garage.ada.ask(INVITE, input={"employeeId": id_})["x"] for _ in range(6)]
    assert [answer["id"] is None for answer in answers] == [False] * 5 + [True]
    assert known(OPEN, email=email) == [(1,)]


def test_who_is_ended_is_out_at_once_and_nobody_else(world: World) -> None:
    lea = hire(world.garage, "lea", Grants())
    assert lea.ask("{ viewer { name } }")["viewer"] is not None
    assert world.rival.rita.ask(END, id=str(lea.id))["x"]["problems"] == [{"code": "NOT_FOUND", "path": ["employeeId"]}]
    ada = world.garage.ada
    assert ada.ask(END, id=str(lea.id))["x"] == {"id": str(lea.id), "problems": []}
    assert acts("garage")[-1] == ("membership.end", str(lea.id))
    with clock.stopped_at(clock.now() + timedelta(seconds=6)):
        assert _refused(lea)
    assert ada.ask(END, id=str(lea.id))["x"]["problems"] == [{"code": "NOT_FOUND", "path": ["employeeId"]}]
    assert ada.ask(END, id=str(ada.id))["x"]["problems"] == [{"code": "RULE_BROKEN", "path": ["employeeId"]}]


def test_an_app_let_in_before_stays_out_when_the_person_comes_back(world: World, guest: Browser) -> None:
    lee = hire(world.garage, "lee", Grants())
    through = given(lee, "customer:read").person
    assert through.http("{ viewer { id } }").status_code == 200
    assert world.garage.ada.ask(END, id=str(lee.id))["x"]["problems"] == []
    with clock.stopped_at(clock.now() + timedelta(seconds=6)):
        assert _refused(through)
    forget_callers()  # what was asked in six seconds
    answer = world.garage.ada.ask(INVITE, input={"employeeId": str(lee.id), "email": lee.email})["x"]
    assert answer["problems"] == []
    work(world)
    path = link_in(mails_to(lee.email)[-1])
    guest.get(path)
    assert guest.post(path, name="Lee", password=NEW, again=NEW).status == 200
    assert known(MEMBER, email=lee.email) == [(lee.id, True)]
    assert _refused(through)
    assert _refused(lee)


def test_who_is_deleted_is_out_and_their_invitation_too(world: World, guest: Browser) -> None:
    lou = hire(world.garage, "lou", Grants())
    id_, email = somebody(world)
    world.garage.ada.ask(INVITE, input={"employeeId": id_})
    work(world)
    path = link_in(mails_to(email)[0])
    delete = "mutation($id: ID!) { x: employeeDelete(id: $id) { problems { code } } }"
    for each in (str(lou.id), id_):
        assert world.garage.ada.ask(delete, id=each)["x"]["problems"] == []
    assert lou.errors("{ viewer { name } }")[0]["extensions"]["code"] == "FORBIDDEN"
    work(world, "interactive")
    with clock.stopped_at(clock.now() + timedelta(seconds=6)):
        assert _refused(lou)
    assert known(MEMBER, email=lou.email) == [(lou.id, False)]
    assert guest.get(path).status == 404
    assert world.garage.ada.ask("{ viewer { name } }")["viewer"] == {"name": "ada"}


def _refused(person: Person) -> bool:
    answer = person.http("{ viewer { name } }")
    return answer.status_code == 401
