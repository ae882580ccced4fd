"""Nobody gets another person's account, whatever address their provider tells."""

import pytest

from saas.tenants.directory import directory
from saas.tenants.identity.sessions import session_begin
from saas.tenants.letting_in import let_in
from saas.tenants.membership import shut_out
from tests.sso.browser import Browser, onward_in
from tests.sso.conftest import CREATE, Sso, verified
from tests.sso.idp import CLIENT, SECRET

SAM = {"sub": "sub of sam", "email": "sam@garage.test"}


def refused(sso: Sso, browser: Browser, words: str, **claims: object) -> None:
    marks = sso.marks()
    answer = sso.sign_in(browser, **claims)
    assert answer.status_code == 403, answer.headers
    assert words in answer.text
    assert not browser.has_session
    assert sso.marks() == marks


def test_somebody_unknown_is_not_let_in_unless_the_company_wants_it(sso: Sso, browser: Browser) -> None:
    refused(sso, browser, "no account here yet", sub="new", email="new@garage.test")


def _invited(sso: Sso, name: str) -> str:
    """An employee who was invited and has not come yet."""
    query = f"""mutation {{ invitationCreate(input: {{ email: "{name}@garage.test", name: "{name}" }}) {{
        id problems {{ message }} }} }}"""
    found = sso.garage.ada.ask(query)["invitationCreate"]
    assert found["problems"] == []
    return str(found["id"])


def test_who_was_invited_takes_the_invitation_up_by_signing_in(sso: Sso, browser: Browser) -> None:
    invitation = _invited(sso, "ines")
    assert sso.sign_in(browser, sub="sub of ines", email="ines@garage.test").status_code == 303
    found = sso.ask(
        "SELECT l.used_at IS NOT NULL, m.principal_id = l.principal_id FROM directory.link l"
        " JOIN directory.person p ON p.email = l.email JOIN directory.membership m ON m.person_id = p.id"
        " WHERE l.id = %s",
        invitation,
    )
    assert found == [(True, True)]
    assert sso.world.sql(sso.garage, "SELECT count(*) FROM employee WHERE email = 'ines@garage.test'") == [(1,)]
    assert sso.sign_in(Browser(), sub="sub of ines").status_code == 303


def test_an_invitation_that_was_revoked_lets_nobody_in(sso: Sso, browser: Browser) -> None:
    sso.garage.ada.ask(f'mutation {{ invitationRevoke(id: "{_invited(sso, "ivan")}") {{ id }} }}')
    refused(sso, browser, "no account here yet", sub="sub of ivan", email="ivan@garage.test")


@pytest.mark.parametrize("just_in_time", [False, True])
def test_an_address_outside_the_companys_domains_is_nobodys(sso: Sso, browser: Browser, just_in_time: bool) -> None:
    """The provider says that it has signed in the administrator of another company, or somebody nobody knows."""
    sso.update(justInTime=just_in_time)
    for email in ("rita@rival.test", "new@rival.test", "somebody@gmail.com", "ann@sub.garage.test"):
        refused(sso, browser, "has not shown to be its own", sub="evil", email=email, email_verified=True)


@pytest.mark.parametrize(
    "claims",
    [
        {},
        {"email": "sam@garage.test", "email_verified": False},
        {"email": "sam@garage.test", "email_verified": "false"},
        {"email": ["sam@garage.test"]},
        {"email": "sam"},
        {"preferred_username": "sam@garage.test", "upn": "sam@garage.test"},
    ],
)
def test_without_a_proven_address_nobody_is_found(sso: Sso, browser: Browser, claims: dict[str, object]) -> None:
    refused(sso, browser, "does not tell a confirmed e-mail", sub="evil", **claims)


def test_an_address_that_went_to_somebody_else_does_not_carry_the_account_along(sso: Sso, browser: Browser) -> None:
    assert sso.sign_in(browser, **SAM).status_code == 303
    refused(sso, Browser(), "belongs to another account", sub="the next sam", email="sam@garage.test")


def test_who_was_shut_out_stays_out(sso: Sso, browser: Browser) -> None:
    tenant, nick = sso.garage.tenant, sso.garage.nick
    assert sso.sign_in(browser, sub="sub of nick", email="nick@garage.test").status_code == 303
    sso.update(justInTime=True)
    shut_out(tenant, nick.id)
    sso.ask("DELETE FROM directory.session")
    refused(sso, Browser(), "was closed", sub="sub of nick", email="nick@garage.test")
    sso.ask("DELETE FROM directory.outside_identity")
    refused(sso, Browser(), "was closed", sub="sub of nick", email="nick@garage.test")
    let_in(tenant, nick.id, "nick@garage.test", None, "nick")


def test_a_domain_that_was_given_up_lets_nobody_in(sso: Sso, browser: Browser) -> None:
    assert sso.sign_in(browser, **SAM).status_code == 303
    sso.garage.ada.ask('mutation { domainDelete(domain: "garage.test") { problems { code } } }')
    try:
        refused(sso, Browser(), "has not shown to be its own", **SAM)
    finally:
        verified(sso.garage, sso.names, "garage.test")


def test_another_company_knows_nobody_by_our_providers_subject(sso: Sso, browser: Browser) -> None:
    """Another company connects the same provider: who is known here is nobody there."""
    assert sso.sign_in(browser, **SAM).status_code == 303
    values = {"name": "Rival", "issuer": sso.idp.issuer, "clientId": CLIENT, "clientSecret": SECRET, "justInTime": True}
    theirs = sso.world.rival.rita.ask(CREATE, input=values)["connectionCreate"]["id"]
    marks = sso.marks()
    other = Browser()
    answer = sso.idp.answer_to(other.get(f"/sso/{theirs}/start").headers["location"], **SAM)
    assert other.get(f"/sso/{theirs}/callback", **answer).status_code == 403
    assert not other.has_session
    assert sso.marks() == marks
    sso.world.rival.rita.ask(f'mutation {{ connectionDelete(id: "{theirs}") {{ id }} }}')


def _elsewhere(sso: Sso, name: str) -> str:
    """Somebody with an address of our domain who belongs to the other company only; the secret of their session."""
    query = f'mutation {{ employeeCreate(input: {{ name: "{name}" }}) {{ id }} }}'
    id_ = sso.world.rival.rita.ask(query)["employeeCreate"]["id"]
    let_in(sso.world.rival.tenant, id_, f"{name}@garage.test", None, name)
    ((person_id,),) = sso.ask("SELECT id FROM directory.person WHERE email = %s", f"{name}@garage.test")
    with directory() as transaction:
        _, secret = session_begin(transaction, person_id, methods=("pwd",))
    return secret


def test_a_person_of_another_company_is_never_taken_over(sso: Sso, browser: Browser) -> None:
    sso.update(justInTime=True)
    _elsewhere(sso, "paula")
    refused(sso, browser, "has an account here already, from another company", sub="evil", email="paula@garage.test")


def test_they_link_it_themselves_once_they_have_signed_in(sso: Sso, browser: Browser) -> None:
    sso.update(justInTime=True)
    secret = _elsewhere(sso, "petra")
    path = sso.path("link")
    assert browser.get(path).headers["location"].startswith("/account/sign-in?continue=%2Fsso%2F")
    browser.take(secret)
    address = onward_in(browser.submit(path))
    answer = browser.get(sso.path("callback"), **sso.idp.answer_to(address, sub="petra", email="petra@garage.test"))
    assert (answer.status_code, answer.headers["location"]) == (303, "/account")
    assert sso.ask("SELECT subject FROM directory.outside_identity") == [("petra",)]
    places = sso.ask(
        "SELECT count(*) FROM directory.membership m JOIN directory.person p ON p.id = m.person_id"
        " WHERE p.email = 'petra@garage.test' AND m.ended_at IS NULL"
    )
    assert places == [(2,)]
    assert sso.sign_in(Browser(), sub="petra").status_code == 303


def test_linking_is_refused_for_another_address_another_person_and_another_browser(sso: Sso, browser: Browser) -> None:
    sso.update(justInTime=True)
    browser.take(_elsewhere(sso, "pavel"))
    marks = sso.marks()
    address = onward_in(browser.submit(sso.path("link")))
    answer = browser.get(sso.path("callback"), **sso.idp.answer_to(address, sub="x", email="other@garage.test"))
    assert answer.status_code == 403
    assert "is not the one of your account" in answer.text
    address = onward_in(browser.submit(sso.path("link")))
    back = sso.idp.answer_to(address, sub="pavel", email="pavel@garage.test")
    assert Browser().get(sso.path("callback"), **back).status_code == 403
    browser.take("x" * 43)
    assert browser.get(sso.path("callback"), **back).status_code == 403
    assert sso.marks() == marks


def test_a_form_of_another_site_links_nobody(sso: Sso, browser: Browser) -> None:
    browser.take(_elsewhere(sso, "pia"))
    assert browser.post(sso.path("link"), csrf="0" * 64).status_code == 403
    assert sso.ask("SELECT count(*) FROM directory.sso_attempt") == [(0,)]
