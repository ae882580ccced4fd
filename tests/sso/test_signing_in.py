"""Somebody signs in through their company's provider, and is who they were before."""

from typing import Any

from tests.sso.browser import Browser, onward_in
from tests.sso.conftest import Sso

SAM = {"sub": "sub of sam", "email": "sam@garage.test", "email_verified": True, "name": "Sam"}


def sessions(sso: Sso) -> list[tuple[Any, ...]]:
    query = (
        "SELECT p.email, s.methods, s.pending FROM directory.session s JOIN directory.person p ON p.id = s.person_id"
    )
    return sso.ask(query + " ORDER BY 1")


def roles_of(sso: Sso, email: str) -> set[str]:
    query = """SELECT r.name FROM principal_role h JOIN role r ON r.id = h.role_id
        JOIN employee e ON e.id = h.principal_id WHERE e.email = %s"""
    return {name for (name,) in sso.world.sql(sso.garage, query, email)}


def role(sso: Sso, name: str) -> str:
    ((id_,),) = sso.world.sql(sso.garage, "SELECT id FROM role WHERE name = %s", name)
    return str(id_)


def test_an_address_leads_to_the_provider_of_its_domain(sso: Sso, browser: Browser) -> None:
    answer = browser.get("/sso", email="Anybody@GARAGE.test", **{"continue": "/account/tenants"})
    assert answer.status_code == 200
    start = onward_in(answer)
    assert start.startswith(sso.path("start"))
    address = browser.get(start).headers["location"]
    assert address.startswith(f"{sso.idp.issuer}/authorize?")
    assert "login_hint=Anybody%40GARAGE.test" in address
    answer = browser.get(sso.path("callback"), **sso.idp.answer_to(address, **SAM))
    assert (answer.status_code, answer.headers["location"]) == (303, "/account/tenants")
    assert sessions(sso) == [("sam@garage.test", ["sso"], None)]


def test_an_address_of_no_company_leads_nowhere(sso: Sso, browser: Browser) -> None:
    for email in ("ann@elsewhere.test", "ann@gmail.com", "ann", "a@b@garage.test"):
        answer = browser.get("/sso", email=email)
        assert answer.status_code == 404
        assert "No company signs in" in answer.text


def test_a_domain_that_is_claimed_only_leads_nowhere(sso: Sso, browser: Browser) -> None:
    sso.garage.ada.ask('mutation { domainClaim(domain: "claimed.test") { problems { code } } }')
    assert browser.get("/sso", email="ann@claimed.test").status_code == 404


def test_a_member_is_found_by_address_first_and_by_subject_ever_after(sso: Sso, browser: Browser) -> None:
    assert sso.sign_in(browser, **SAM).headers["location"] == "/account"
    before = sso.ask("SELECT subject, person_id FROM directory.outside_identity")
    assert [subject for subject, _ in before] == ["sub of sam"]
    other = Browser()
    # The provider may call them otherwise now, or not tell an address: it is the same subject.
    assert sso.sign_in(other, sub="sub of sam").headers["location"] == "/account"
    assert sso.ask("SELECT subject, person_id FROM directory.outside_identity") == before
    assert [email for email, *_ in sessions(sso)] == ["sam@garage.test"] * 2


def test_somebody_new_is_let_in_where_the_company_wants_it(sso: Sso, browser: Browser) -> None:
    sso.update(justInTime=True)
    nora = {"sub": "sub of nora", "email": "Nora@Garage.test", "name": "Nora Fischer"}
    assert sso.sign_in(browser, **nora).headers["location"] == "/account"
    assert sso.world.sql(sso.garage, "SELECT name FROM employee WHERE email = 'nora@garage.test'") == [
        ("Nora Fischer",)
    ]
    assert sessions(sso) == [("nora@garage.test", ["sso"], None)]
    marks = sso.marks()
    sso.ask("DELETE FROM directory.session")
    assert sso.sign_in(Browser(), **nora).headers["location"] == "/account"
    assert [*sso.marks()[:3], *sso.marks()[4:]] == [*marks[:3], *marks[4:]]


def test_an_employee_without_sign_in_is_not_made_twice(sso: Sso, browser: Browser) -> None:
    sso.update(justInTime=True)
    query = 'mutation { employeeCreate(input: { name: "Otto", email: "otto@garage.test" }) { id } }'
    id_ = sso.garage.ada.ask(query)["employeeCreate"]["id"]
    assert sso.sign_in(browser, sub="sub of otto", email="otto@garage.test").status_code == 303
    found = sso.ask(
        "SELECT m.principal_id FROM directory.membership m JOIN directory.person p ON p.id = m.person_id"
        " WHERE p.email = 'otto@garage.test'"
    )
    assert [str(principal) for (principal,) in found] == [id_]


def test_roles_follow_the_claims_at_each_sign_in_and_others_stay(sso: Sso, browser: Browser) -> None:
    sso.update(
        roleMappings=[
            {"claim": "groups", "value": "sellers", "roleId": role(sso, "seller")},
            {"claim": "groups", "value": "viewers", "roleId": role(sso, "viewer")},
        ]
    )
    sue = {"sub": "sub of sue", "email": "sue@garage.test"}
    manager = f'employeeAssignRoles(id: "{sso.garage.sue.id}", roles: [{{ roleId: "{role(sso, "manager")}" }}])'
    sso.garage.ada.ask(f"mutation {{ {manager} {{ id }} }}")
    assert sso.sign_in(browser, **sue, groups=["sellers", "viewers", "unknown"]).status_code == 303
    assert roles_of(sso, "sue@garage.test") == {"manager", "seller", "viewer"}
    assert sso.sign_in(Browser(), **sue, groups="viewers").status_code == 303
    assert roles_of(sso, "sue@garage.test") == {"manager", "viewer"}
    assert sso.sign_in(Browser(), **sue).status_code == 303
    assert roles_of(sso, "sue@garage.test") == {"manager"}


def test_what_the_id_token_lacks_is_asked_of_userinfo(sso: Sso, browser: Browser) -> None:
    sso.idp.userinfo = {"sub": "sub of vera", "email": "vera@garage.test", "iss": "https://evil.test"}
    assert sso.sign_in(browser, sub="sub of vera").status_code == 303
    assert [email for email, *_ in sessions(sso)] == ["vera@garage.test"]


def test_userinfo_about_somebody_else_is_refused(sso: Sso, browser: Browser) -> None:
    sso.idp.userinfo = {"sub": "sub of ada", "email": "vera@garage.test"}
    marks = sso.marks()
    assert sso.sign_in(browser, sub="sub of vera").status_code == 403
    assert sso.marks() == marks


def test_a_second_factor_of_the_provider_counts_where_it_is_trusted(sso: Sso, browser: Browser) -> None:
    sso.sign_in(browser, **SAM, amr=["pwd", "mfa"])
    assert sessions(sso) == [("sam@garage.test", ["sso"], None)]
    sso.ask("DELETE FROM directory.session")
    sso.update(trustsSecondFactor=True)
    sso.sign_in(browser, **SAM, amr=["pwd", "mfa"])
    assert sessions(sso) == [("sam@garage.test", ["sso", "mfa"], None)]


def test_a_company_that_demands_a_second_factor_gets_one(sso: Sso, browser: Browser) -> None:
    sso.update(trustsSecondFactor=True)
    rules = '{"second_factor": true}'
    sso.ask(
        "INSERT INTO directory.sign_in_policy VALUES (%s, %s, now()) ON CONFLICT (tenant_id) DO UPDATE SET rules = %s",
        sso.garage.tenant.id, rules, rules,
    )  # fmt: skip
    try:
        answer = sso.sign_in(browser, **SAM, amr=["pwd"])
        assert answer.headers["location"] == "/account/second-factor?continue=%2Faccount"
        assert sessions(sso) == [("sam@garage.test", ["sso"], "second_factor")]
        sso.update(justInTime=True)
        answer = sso.sign_in(Browser(), sub="sub of nina", email="nina@garage.test")
        assert answer.headers["location"] == "/account/second-factor?continue=%2Faccount"
        sso.ask("DELETE FROM directory.session")
        answer = sso.sign_in(browser, **SAM, acr="phr")
        assert answer.headers["location"] == "/account"
        assert sessions(sso) == [("sam@garage.test", ["sso", "mfa"], None)]
    finally:
        sso.ask("DELETE FROM directory.sign_in_policy")


def test_several_providers_are_offered(sso: Sso, browser: Browser) -> None:
    values = {"name": "Workshop <b>", "issuer": sso.idp.issuer, "clientId": "other"}
    create = "mutation Create($input: ConnectionCreateInput!) { connectionCreate(input: $input) { id } }"
    other = sso.garage.ada.ask(create, input=values)["connectionCreate"]["id"]
    answer = browser.get("/sso", email="ann@garage.test")
    assert f"/sso/{other}/start?" in answer.text
    assert sso.path("start?") in answer.text
    assert "Workshop &lt;b&gt;" in answer.text
    sso.garage.ada.ask(f'mutation {{ connectionDelete(id: "{other}") {{ id }} }}')
    assert onward_in(browser.get("/sso", email="ann@garage.test")).startswith(sso.path("start"))


def test_the_pages_speak_chinese_and_have_no_script(sso: Sso, browser: Browser) -> None:
    for path in ("/sso", sso.path("log-out"), sso.path("callback")):
        answer = browser.get(path, lang="zh")
        assert '<html lang="zh-CN">' in answer.text
        assert "<script" not in answer.text
        assert "script-src" not in answer.headers["content-security-policy"]
