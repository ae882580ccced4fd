"""Two at once, and a fault in between: nobody is there twice, and nobody is kept out for good."""

from typing import Any

import pytest

from saas.kit.errors import Unavailable
from saas.web.pages.sso import arrival
from tests.sso.browser import Browser
from tests.sso.conftest import Sso


def counted(sso: Sso, email: str) -> tuple[int, int, int]:
    """People, places and employees with this address."""
    ((people, places),) = sso.ask(
        "SELECT count(DISTINCT p.id), count(DISTINCT m.id) FROM directory.person p"
        " LEFT JOIN directory.membership m ON m.person_id = p.id WHERE p.email = %s",
        email,
    )
    ((employees,),) = sso.world.sql(sso.garage, "SELECT count(*) FROM employee WHERE email = %s", email)
    return people, places, employees


def test_somebody_new_who_comes_twice_at_once_is_one_person(sso: Sso) -> None:
    sso.update(justInTime=True)
    twice = {"sub": "sub of tina", "email": "tina@garage.test"}
    browsers = [Browser() for _ in range(3)]
    asked = [(each, sso.path("callback"), sso.idp.answer_to(sso.begin(each), **twice)) for each in browsers]
    answers = Browser.at_once(*asked)
    assert 303 in {each.status_code for each in answers}
    assert {each.status_code for each in answers} <= {303, 403}
    assert counted(sso, "tina@garage.test") == (1, 1, 1)
    assert [each.has_session for each in browsers] == [each.status_code == 303 for each in answers]
    assert sso.sign_in(Browser(), **twice).status_code == 303


def test_two_subjects_with_one_address_at_once_are_not_both_linked(sso: Sso) -> None:
    browsers = [Browser() for _ in range(2)]
    asked = [
        (each, sso.path("callback"), sso.idp.answer_to(sso.begin(each), sub=f"sub {place}", email="sue@garage.test"))
        for place, each in enumerate(browsers)
    ]
    answers = Browser.at_once(*asked)
    assert sorted(each.status_code for each in answers) == [303, 403]
    assert sso.ask("SELECT count(*) FROM directory.outside_identity") == [(1,)]
    assert sso.ask("SELECT count(*) FROM directory.session") == [(1,)]


def test_one_answer_sent_twice_at_once_counts_once(sso: Sso, browser: Browser) -> None:
    answer = sso.idp.answer_to(sso.begin(browser), sub="sub of sam", email="sam@garage.test")
    asked = (browser, sso.path("callback"), answer)
    assert sorted(each.status_code for each in Browser.at_once(asked, asked)) == [303, 403]
    assert sso.ask("SELECT count(*) FROM directory.session") == [(1,)]


def test_a_fault_between_company_and_directory_is_mended_by_the_next_try(
    sso: Sso, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    sso.update(justInTime=True)
    wanda = {"sub": "sub of wanda", "email": "wanda@garage.test", "name": "Wanda"}

    def gone(*_: Any) -> Any:
        raise Unavailable("The directory does not answer.")

    with monkeypatch.context() as broken:
        broken.setattr(arrival, "settle", gone)
        assert sso.sign_in(browser, **wanda).status_code == 503
    assert not browser.has_session
    assert counted(sso, "wanda@garage.test") == (0, 0, 1)
    assert sso.sign_in(browser, **wanda).status_code == 303
    assert counted(sso, "wanda@garage.test") == (1, 1, 1)
