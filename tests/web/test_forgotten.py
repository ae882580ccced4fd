"""A forgotten password: a mail to whom the address belongs, and the same answer to everybody else."""

import itertools
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest

from saas.kit import clock
from saas.modules.organisation.rights import Grants
from saas.tenants.sign_in import let_in
from saas.web.pages import forgotten
from saas.web.threads import in_thread
from tests.browsing import Browser, browser, known, link_in, mails_to, work
from tests.engine.people import hire
from tests.tenants.place import until
from tests.workers.place import eventually
from tests.world import PASSWORD, Person, World

NEW = "an excellent new password"
LINKS = "SELECT count(*) FROM directory.link WHERE kind = 'password'"
SESSIONS = "SELECT count(*) FROM directory.session s JOIN directory.person p ON p.id = s.person_id WHERE email = :email"
_numbers = itertools.count(1)


@pytest.fixture(autouse=True)
def nobody_has_tried() -> Iterator[None]:
    forgotten.attempts.forget()
    yield
    forgotten.attempts.forget()


@pytest.fixture
def guest() -> Iterator[Browser]:
    with browser() as opened:
        yield opened


def somebody(world: World) -> Person:
    """A person who signs in to both companies by one password."""
    name = f"fay{next(_numbers)}"
    person = hire(world.garage, name, Grants())
    let_in(world.garage.tenant, person.id, person.email, PASSWORD, name)
    return person


def asked(guest: Browser, email: str) -> str:
    guest.get("/account/forgotten")
    answer = guest.post("/account/forgotten", email=email)
    assert answer.status == 200
    guest._runner.run(in_thread(lambda: None))
    return answer.text.replace(email, "…")


def link_of(world: World, guest: Browser, person: Person) -> str:
    before = len(mails_to(person.email))
    ((links,),) = known(LINKS)
    asked(guest, person.email)
    until(lambda: known(LINKS) == [(links + 1,)], "a link")
    work(world)
    mails = mails_to(person.email)
    assert len(mails) == before + 1
    return link_in(mails[-1])


def test_a_new_password_is_chosen_under_the_link_and_all_else_ends(world: World, guest: Browser) -> None:
    person = somebody(world)
    guest.sign_in(person.email, PASSWORD)
    assert known(SESSIONS, email=person.email) == [(1,)]
    path = link_of(world, guest, person)
    page = guest.get(path)
    assert (page.status, person.email in page.text) == (200, True)
    done = guest.post(path, password=NEW, again=NEW)
    assert (done.status, "Your password is changed" in done.text) == (200, True)
    assert known(SESSIONS, email=person.email) == [(0,)]
    with clock.stopped_at(clock.now() + timedelta(seconds=6)):
        assert person.http("{ viewer { name } }").status_code == 401
    assert guest.sign_in(person.email, PASSWORD).status == 401
    assert guest.sign_in(person.email, NEW).status == 303
    work(world)
    notice = mails_to(person.email)[-1]
    assert notice["subject"] == "Your password was changed"
    assert link_in(notice) == "/account/forgotten"
    assert guest.post(path, password=PASSWORD, again=PASSWORD).status == 404
    assert guest.sign_in(person.email, NEW).status == 303


def test_looking_at_the_link_and_wrong_input_change_nothing(world: World, guest: Browser) -> None:
    person = somebody(world)
    path = link_of(world, guest, person)
    for _ in range(3):
        assert guest.get(path).status == 200
    assert guest.post(path, password="short", again="short").status == 422
    assert guest.post(path, password=NEW, again="other").status == 422
    assert guest.post(path, csrf="0" * 64, password=NEW, again=NEW).status == 403
    assert guest.sign_in(person.email, PASSWORD).status == 303
    guest.get(path)
    assert guest.post(path, password=NEW, again=NEW).status == 200


def test_a_link_ends_after_half_an_hour_and_with_the_use_of_another(world: World, guest: Browser) -> None:
    person = somebody(world)
    first, second = link_of(world, guest, person), link_of(world, guest, person)
    with clock.stopped_at(clock.now() + timedelta(minutes=30, seconds=1)):
        assert guest.get(second).status == 404
    guest.get(second)
    assert guest.post(second, password=NEW, again=NEW).status == 200
    assert guest.get(first).status == 404
    for wrong in ("/account/forgotten/x", "/account/forgotten/" + "é" * 40, first.replace("forgotten", "invitation")):
        assert guest.get(wrong).status == 404


def test_nobody_learns_whether_an_address_is_known(world: World, guest: Browser) -> None:
    """The answers are equal to the letter, and no work was done before them."""
    person = somebody(world)
    addresses = (person.email, "nobody@garage.test", "no address", "\0", "")
    texts = {asked(guest, address).replace("…", "") for address in addresses if address}
    assert len({text.replace("no address", "").replace("\0", "") for text in texts}) == 1
    until(lambda: bool(known(LINKS + " AND email = :email", email=person.email)[0][0]), "a link")
    work(world)
    assert len(mails_to(person.email)) == 1
    assert mails_to("nobody@garage.test") == []


def test_a_person_gets_few_mails_and_an_address_few_answers(world: World) -> None:
    person = somebody(world)
    of_person = LINKS + " AND email = :email"
    for number, links in enumerate((1, 2, 3, 3, 3)):
        with browser(f"192.0.2.{number}") as each:
            asked(each, person.email)
        eventually(lambda: known(of_person, email=person.email), [(links,)].__eq__)
    time.sleep(0.2)
    assert known(of_person, email=person.email) == [(3,)]
    with browser("192.0.2.99") as each:
        for _ in range(10):
            asked(each, "nobody@garage.test")
        each.get("/account/forgotten")
        refused = each.post("/account/forgotten", email=person.email)
    assert (refused.status, "Please wait 5 minutes." in refused.text) == (429, True)
    assert int(refused.headers["retry-after"]) > 200


def test_who_may_sign_in_nowhere_gets_none(world: World, guest: Browser) -> None:
    person = somebody(world)
    end = "mutation($id: ID!) { membershipEnd(employeeId: $id) { problems { code } } }"
    assert world.garage.ada.ask(end, id=str(person.id)) == {"membershipEnd": {"problems": []}}
    asked(guest, person.email)
    time.sleep(0.2)
    assert known(LINKS + " AND email = :email", email=person.email) == [(0,)]
