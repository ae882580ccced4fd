"""Providers and domains of a company, administered through the API by who may, and out of others' reach."""

from typing import Any

import pytest

from saas.kit.vault import opened
from saas.tenants.identity.sso.connections import SECRETS
from saas.tenants.identity.sso.provider import forget_providers
from tests.sso.conftest import CLAIM, CREATE, UPDATE, VERIFY, Sso
from tests.world import Person

INPUT = {"name": "Second", "issuer": "https://login.example.com/tenant", "clientId": "atrium", "clientSecret": "hush"}
LIST = "{ connections { id name issuer hasClientSecret scopes state redirectUri logOutUri backChannelLogOutUri } }"
TEST = "mutation Test($id: ID!) { connectionTest(id: $id) { id works findings problems { code } } }"


def acts(sso: Sso, verb: str) -> list[tuple[Any, ...]]:
    return sso.ask("SELECT actor_id, subject, details FROM directory.act WHERE verb = %s ORDER BY id DESC", verb)


def create(person: Person, **changes: Any) -> dict[str, Any]:
    found: dict[str, Any] = person.ask(CREATE, input=INPUT | changes)["connectionCreate"]
    return found


def delete(sso: Sso, id_: str) -> None:
    found = sso.garage.ada.ask(f'mutation {{ connectionDelete(id: "{id_}") {{ id problems {{ code }} }} }}')
    assert found["connectionDelete"] == {"id": id_, "problems": []}


def test_a_connection_is_made_changed_and_removed(sso: Sso) -> None:
    ada = sso.garage.ada
    made = create(ada)
    assert made["problems"] == []
    id_ = made["id"]
    (told,) = [each for each in ada.ask(LIST)["connections"] if each["id"] == id_]
    assert told == {
        "id": id_,
        "name": "Second",
        "issuer": INPUT["issuer"],
        "hasClientSecret": True,
        "scopes": ["openid", "email", "profile"],
        "state": "ACTIVE",
        "redirectUri": f"http://127.0.0.1:8000/sso/{id_}/callback",
        "logOutUri": f"http://127.0.0.1:8000/sso/{id_}/log-out",
        "backChannelLogOutUri": f"http://127.0.0.1:8000/sso/{id_}/back-channel",
    }
    ((stored,),) = sso.ask("SELECT client_secret FROM directory.connection WHERE id = %s", id_)
    assert b"hush" not in stored
    assert opened(bytes(stored), SECRETS) == b"hush"
    changed = ada.ask(UPDATE, id=id_, input={"name": "Third", "scopes": ["groups"], "clientSecret": None})
    assert changed["connectionUpdate"] == {"id": id_, "connection": {"name": "Third"}, "problems": []}
    found = sso.ask("SELECT name, scopes, client_secret FROM directory.connection WHERE id = %s", id_)
    assert found == [("Third", ["openid", "groups"], None)]
    delete(sso, id_)
    assert id_ not in {each["id"] for each in ada.ask(LIST)["connections"]}
    for verb in ("connection.create", "connection.update", "connection.delete"):
        actor, subject, details = acts(sso, verb)[0]
        assert (actor, subject) == (ada.id, id_)
        assert "hush" not in str(details)
    assert acts(sso, "connection.create")[0][2]["secret"] == "set"
    assert acts(sso, "connection.update")[0][2]["secret"] == "removed"


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"issuer": "http://login.example.com"}, ["issuer"]),
        ({"issuer": "https://a:b@login.example.com"}, ["issuer"]),
        ({"issuer": "https://login.example.com/?a=b"}, ["issuer"]),
        ({"issuer": "login.example.com"}, ["issuer"]),
        ({"name": " "}, ["name"]),
        ({"clientId": ""}, ["clientId"]),
        ({"clientSecret": ""}, ["clientSecret"]),
        ({"scopes": ["two words"]}, ["scopes"]),
    ],
)
def test_a_connection_that_cannot_work_is_refused(sso: Sso, changes: dict[str, Any], path: list[str]) -> None:
    before = sso.ask("SELECT count(*) FROM directory.connection"), len(acts(sso, "connection.create"))
    found = create(sso.garage.ada, **changes)
    assert found["id"] is None
    assert [(each["code"], each["path"]) for each in found["problems"]] == [("BAD_INPUT", path)]
    assert (sso.ask("SELECT count(*) FROM directory.connection"), len(acts(sso, "connection.create"))) == before


def test_the_secret_is_not_sent_to_another_issuer(sso: Sso) -> None:
    """Whoever may change a connection could read its secret by naming a provider of their own."""
    found = sso.garage.ada.ask(UPDATE, id=sso.connection, input={"issuer": "https://evil.example.com"})
    problems = found["connectionUpdate"]["problems"]
    assert [(each["code"], each["path"]) for each in problems] == [("REQUIRED", ["clientSecret"])]
    ((issuer,),) = sso.ask("SELECT issuer FROM directory.connection WHERE id = %s", sso.connection)
    assert issuer == sso.idp.issuer


@pytest.mark.parametrize("name", ["mona", "sam", "nick"])
def test_without_the_right_nothing_is_seen_or_done(sso: Sso, name: str) -> None:
    person = getattr(sso.garage, name)
    before = sso.ask("SELECT id, name FROM directory.connection ORDER BY 1"), sso.ask("SELECT * FROM directory.act")
    assert person.errors(LIST)[0]["extensions"]["code"] == "FORBIDDEN"
    assert person.errors("{ domains { domain } }")[0]["extensions"]["code"] == "FORBIDDEN"
    assert create(person)["problems"][0]["code"] == "FORBIDDEN"
    for field, arguments in (
        ("connectionUpdate", f'id: "{sso.connection}", input: {{ name: "x" }}'),
        ("connectionDelete", f'id: "{sso.connection}"'),
        ("connectionTest", f'id: "{sso.connection}"'),
        ("domainClaim", 'domain: "x.test"'),
        ("domainVerify", 'domain: "garage.test"'),
        ("domainDelete", 'domain: "garage.test"'),
    ):
        found = person.ask(f"mutation {{ {field}({arguments}) {{ problems {{ code }} }} }}")[field]
        assert found["problems"] == [{"code": "FORBIDDEN"}]
    now = sso.ask("SELECT id, name FROM directory.connection ORDER BY 1"), sso.ask("SELECT * FROM directory.act")
    assert now == before


def test_another_company_sees_and_changes_nothing(sso: Sso) -> None:
    rita = sso.world.rival.rita
    assert rita.ask("{ connections { id } domains { domain } }") == {"connections": [], "domains": []}
    for field in ("connectionDelete", "connectionTest"):
        found = rita.ask(f'mutation {{ {field}(id: "{sso.connection}") {{ id problems {{ code }} }} }}')[field]
        assert found == {"id": None, "problems": [{"code": "NOT_FOUND"}]}
    found = rita.ask(UPDATE, id=sso.connection, input={"name": "x"})["connectionUpdate"]
    assert found["problems"][0]["code"] == "NOT_FOUND"
    assert sso.ask("SELECT name FROM directory.connection WHERE id = %s", sso.connection) == [("Garage",)]


def test_the_right_can_be_granted_but_mapping_roles_needs_more(sso: Sso) -> None:
    ada, mona = sso.garage.ada, sso.garage.mona
    role = ada.ask('mutation { roleCreate(input: { name: "Connector" }) { id } }')["roleCreate"]["id"]
    one = '{{ object: "connection", operation: "{}", scope: ALL }}'
    rights = f"[{one.format('read')}, {one.format('update')}]"
    grant = 'mutation {{ roleGrant(id: "{}", input: {{ rights: {}, limits: [] }}) {{ problems {{ message }} }} }}'
    assert ada.ask(grant.format(role, rights))["roleGrant"]["problems"] == []
    held = sso.world.sql(sso.garage, "SELECT role_id FROM principal_role WHERE principal_id = %s", mona.id)
    roles = ", ".join(f'{{ roleId: "{id_}" }}' for id_ in [role, *(id_ for (id_,) in held)])
    assign = 'mutation {{ employeeAssignRoles(id: "{}", roles: [{}]) {{ problems {{ message }} }} }}'
    assert ada.ask(assign.format(mona.id, roles))["employeeAssignRoles"]["problems"] == []
    assert [each["id"] for each in mona.ask(LIST)["connections"]] == [sso.connection]
    mapping = [{"claim": "groups", "value": "all", "roleId": role}]
    found = mona.ask(UPDATE, id=sso.connection, input={"roleMappings": mapping})["connectionUpdate"]
    assert [each["code"] for each in found["problems"]] == ["FORBIDDEN"]
    assert sso.ask("SELECT role_mappings FROM directory.connection WHERE id = %s", sso.connection) == [([],)]
    back = ", ".join(f'{{ roleId: "{id_}" }}' for (id_,) in held)
    ada.ask(assign.format(mona.id, back))


def test_a_mapping_to_no_role_is_refused(sso: Sso) -> None:
    mapping = [{"claim": "groups", "value": "all", "roleId": str(sso.garage.ada.id)}]
    found = sso.garage.ada.ask(UPDATE, id=sso.connection, input={"roleMappings": mapping})["connectionUpdate"]
    assert [(each["code"], each["path"]) for each in found["problems"]] == [
        ("NOT_FOUND", ["roleMappings", "0", "roleId"])
    ]


def test_a_test_tells_what_is_wrong_in_words(sso: Sso) -> None:
    ada = sso.garage.ada
    assert ada.ask(TEST, id=sso.connection)["connectionTest"] == {
        "id": sso.connection, "works": True, "findings": [], "problems": [],
    }  # fmt: skip
    for change, words in (
        ({"issuer": "https://other.test"}, "The provider calls itself 'https://other.test'"),
        ({"jwks_uri": "https://127.0.0.1/keys"}, "leads into a network that is not the internet"),
        ({"id_token_signing_alg_values_supported": ["HS256"]}, "HS256 only, which cannot be checked safely"),
    ):
        sso.idp.discovery = change
        forget_providers()
        found = ada.ask(TEST, id=sso.connection)["connectionTest"]
        assert found["works"] is False
        assert len(found["findings"]) == 1
        assert words in found["findings"][0]
    sso.idp.behave()
    sso.idp.keys = []
    (finding,) = ada.ask(TEST, id=sso.connection)["connectionTest"]["findings"]
    assert "publishes no key" in finding


def test_a_domain_is_shown_by_its_record_and_is_one_companys(sso: Sso) -> None:
    ada, rita = sso.garage.ada, sso.world.rival.rita
    ours = ada.ask(CLAIM, domain="Shared.TEST.")["domainClaim"]["domain"]
    assert (ours["domain"], ours["recordName"], ours["verifiedAt"]) == ("shared.test", "_atrium.shared.test", None)
    assert ada.ask(CLAIM, domain="shared.test")["domainClaim"]["domain"] == ours
    theirs = rita.ask(CLAIM, domain="shared.test")["domainClaim"]["domain"]
    assert theirs["recordValue"] != ours["recordValue"]
    for record in (None, theirs["recordValue"], ours["recordValue"] + "x"):
        sso.names.texts = {"_atrium.shared.test": [record]} if record else {}
        found = ada.ask(VERIFY, domain="shared.test")["domainVerify"]
        assert [each["code"] for each in found["problems"]] == ["RULE_BROKEN"]
        assert ours["recordValue"] in found["problems"][0]["message"]
    sso.names.texts = {"_atrium.shared.test": [theirs["recordValue"], ours["recordValue"]]}
    verified = ada.ask(VERIFY, domain="shared.test")["domainVerify"]
    assert verified["problems"] == []
    assert verified["domain"]["verifiedAt"] is not None
    refused = rita.ask(VERIFY, domain="shared.test")["domainVerify"]
    assert [each["code"] for each in refused["problems"]] == ["DUPLICATE"]
    assert rita.ask("{ domains { verifiedAt } }") == {"domains": [{"verifiedAt": None}]}
    for person in (ada, rita):
        found = person.ask('mutation { domainDelete(domain: "shared.test") { domain { domain } problems { code } } }')
        assert found["domainDelete"] == {"domain": None, "problems": []}
    for verb in ("domain.claim", "domain.verify", "domain.delete"):
        assert acts(sso, verb)[0][1] == "shared.test"


@pytest.mark.parametrize(
    "domain", ["gmail.com", "QQ.com", "test", "a b.test", "", "-a.test", "1.2.3.4", "x@y.test", ".."]
)
def test_what_is_no_companys_domain_is_refused(sso: Sso, domain: str) -> None:
    before = sso.ask("SELECT count(*) FROM directory.verified_domain")
    found = sso.garage.ada.ask(CLAIM, domain=domain)["domainClaim"]
    assert [(each["code"], each["path"]) for each in found["problems"]] == [("BAD_INPUT", ["domain"])]
    assert sso.ask("SELECT count(*) FROM directory.verified_domain") == before


def test_a_domain_that_is_not_claimed_cannot_be_shown(sso: Sso) -> None:
    found = sso.garage.ada.ask(VERIFY, domain="unclaimed.test")["domainVerify"]
    assert [each["code"] for each in found["problems"]] == ["NOT_FOUND"]
