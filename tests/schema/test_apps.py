"""Apps of partners in the API: registered by one company, installed by another, told to nobody else."""

from typing import Any

import pytest
from sqlalchemy import select

from saas.engine.access.tables import RowScope
from saas.modules.organisation.rights import Grants, Right
from saas.tenants.directory import rows
from saas.tenants.identity_tables import act
from tests.engine.people import hire
from tests.world import Company, Person, World

CREATE = (
    "mutation($input: AppCreateInput!) { appCreate(input: $input) { id clientId secret problems { message path } } }"
)
APPS = "{ apps { id clientId name kind state redirectUris scopes installations needsPushedRequests } }"
INSTALL = """mutation($clientId: String!, $scopes: [String!]!, $roles: [ID!]! = []) {
  installationCreate(clientId: $clientId, scopes: $scopes, roleIds: $roles) { id problems { code message path } } }"""
INSTALLATIONS = "{ installations { id clientId name scopes principalId roleIds } }"
END = "mutation($id: ID!) { installationEnd(id: $id) { id problems { code } } }"


def registered(person: Person, **changes: Any) -> dict[str, Any]:
    """A new app of the person's company."""
    given = {"name": "Ledger", "kind": "CONFIDENTIAL", "scopes": ["customer:read", "openid"], **changes}
    made: dict[str, Any] = person.ask(CREATE, input=given)["appCreate"]
    assert made["problems"] == []
    return made


def problems(person: Person, **changes: Any) -> list[dict[str, Any]]:
    given = {"name": "Ledger", "kind": "CONFIDENTIAL", "scopes": [], **changes}
    made = person.ask(CREATE, input=given)["appCreate"]
    assert made["id"] is None
    found: list[dict[str, Any]] = made["problems"]
    return found


def own(person: Person, id_: str) -> dict[str, Any] | None:
    return next((each for each in person.ask(APPS)["apps"] if each["id"] == id_), None)


def installed(person: Person, app: dict[str, Any], *scopes: str, roles: tuple[str, ...] = ()) -> str:
    made = person.ask(INSTALL, clientId=app["clientId"], scopes=list(scopes), roles=list(roles))["installationCreate"]
    assert made["problems"] == []
    return str(made["id"])


def acts(company: Company) -> list[tuple[str, str]]:
    """The administrative acts of a company."""
    return [(row.verb, row.subject) for row in rows(select(act).where(act.c.tenant_id == company.tenant.id))]


def test_a_secret_is_told_once_and_never_again(world: World) -> None:
    made = registered(world.garage.ada)
    assert made["secret"].startswith("ats_")
    assert made["secret"] not in world.garage.ada.http(APPS).text
    shown = own(world.garage.ada, made["id"])
    assert shown is not None
    assert shown["clientId"] == made["clientId"]
    assert (shown["kind"], shown["state"], shown["installations"]) == ("CONFIDENTIAL", "ACTIVE", 0)
    assert ("app.create", made["id"]) in acts(world.garage)


def test_an_answer_that_is_kept_is_kept_without_the_secret(world: World) -> None:
    given = {"input": {"name": "Once", "kind": "MACHINE", "scopes": []}}
    first, again = (world.garage.ada.http(CREATE, given, **{"idempotency-key": "app-once"}).json() for _ in range(2))
    made, told = first["data"]["appCreate"], again["data"]["appCreate"]
    assert (told["id"], told["clientId"], told["secret"]) == (made["id"], made["clientId"], None)
    assert made["secret"] not in str(world.sql(world.garage, "SELECT answer FROM idempotency"))


def test_a_public_app_has_no_secret(world: World) -> None:
    made = registered(world.garage.ada, kind="PUBLIC", redirectUris=["com.example.app:/in", "http://127.0.0.1/in"])
    assert made["secret"] is None


@pytest.mark.parametrize(
    ("uri", "kind"),
    [
        ("http://example.com/in", "CONFIDENTIAL"),
        ("http://localhost/in", "PUBLIC"),
        ("https://example.com/in#there", "CONFIDENTIAL"),
        ("https://user@example.com/in", "CONFIDENTIAL"),
        ("https://*.example.com/in", "CONFIDENTIAL"),
        ("com.example.app:/in", "CONFIDENTIAL"),
        ("javascript:alert(1)", "PUBLIC"),
        ("data:text/html,x", "PUBLIC"),
        ("https://example.com/\\evil", "CONFIDENTIAL"),
        ("https:///in", "CONFIDENTIAL"),
        ("https://example.com/in", "MACHINE"),
    ],
)
def test_other_addresses_cannot_be_registered(world: World, uri: str, kind: str) -> None:
    before = len(world.garage.ada.ask(APPS)["apps"])
    assert problems(world.garage.ada, kind=kind, redirectUris=[uri])[0]["path"] == ["redirectUris"]
    assert len(world.garage.ada.ask(APPS)["apps"]) == before


@pytest.mark.parametrize("scope", ["customer", "customer:fly", "unicorn:read", ":", "openid:read"])
def test_a_scope_means_something(world: World, scope: str) -> None:
    assert problems(world.garage.ada, scopes=[scope])[0]["path"] == ["scopes"]


def test_what_is_absent_of_a_change_stays(world: World) -> None:
    made = registered(world.garage.ada, redirectUris=["https://example.com/in"])
    change = 'mutation($id: ID!) { appUpdate(id: $id, input: { name: "Books", state: SUSPENDED }) { id } }'
    world.garage.ada.ask(change, id=made["id"])
    shown = own(world.garage.ada, made["id"])
    assert shown is not None
    assert (shown["name"], shown["state"], shown["redirectUris"]) == ("Books", "SUSPENDED", ["https://example.com/in"])


def test_nobody_without_the_right_registers_or_looks(world: World) -> None:
    made = world.garage.sam.ask(CREATE, input={"name": "x", "kind": "MACHINE", "scopes": []})["appCreate"]
    assert made["id"] is None
    assert "app.update" in made["problems"][0]["message"]
    assert world.garage.sam.errors(APPS)[0]["extensions"]["code"] == "FORBIDDEN"
    assert world.garage.sam.errors(INSTALLATIONS)[0]["extensions"]["code"] == "FORBIDDEN"


def test_looking_and_changing_are_rights_of_their_own_and_roles_need_another(world: World) -> None:
    looks = frozenset({Right("app", "read", RowScope.ALL)})
    reader = hire(world.garage, "rea", Grants(looks))
    assert reader.ask(INSTALLATIONS)["installations"] is not None
    told = reader.ask(CREATE, input={"name": "x", "kind": "MACHINE", "scopes": []})["appCreate"]
    assert "app.update" in told["problems"][0]["message"]
    made = registered(world.garage.ada, kind="MACHINE")
    (role,) = world.sql(world.garage, "SELECT id FROM role WHERE name = 'admin'")[0]
    clerk = hire(world.garage, "cleo", Grants(looks | {Right("app", "update", RowScope.ALL)}))
    told = clerk.ask(INSTALL, clientId=made["clientId"], scopes=[], roles=[str(role)])["installationCreate"]
    assert (told["id"], "role.update" in told["problems"][0]["message"]) == (None, True)
    assert own(clerk, made["id"])["installations"] == 0  # type: ignore[index]  # it is there
    installed(clerk, made)


def test_another_company_neither_sees_nor_changes_an_app(world: World) -> None:
    made = registered(world.garage.ada)
    assert own(world.rival.rita, made["id"]) is None
    for change in (
        'appUpdate(id: $id, input: { name: "Mine" })', "appSecretRotate(id: $id)", "appDelete(id: $id)",
    ):  # fmt: skip
        told = world.rival.rita.ask(
            "mutation($id: ID!) { done: " + change + " { id problems { code } } }", id=made["id"]
        )
        assert told["done"] == {"id": None, "problems": [{"code": "NOT_FOUND"}]}
    assert own(world.garage.ada, made["id"])["name"] == "Ledger"  # type: ignore[index]  # it is there


def test_an_app_is_installed_elsewhere_and_its_owner_learns_only_the_number(world: World) -> None:
    made = registered(world.garage.ada)
    id_ = installed(world.rival.rita, made, "customer:read")
    (found,) = [each for each in world.rival.rita.ask(INSTALLATIONS)["installations"] if each["id"] == id_]
    assert (found["clientId"], found["scopes"], found["roleIds"]) == (made["clientId"], ["customer:read"], [])
    assert world.sql(world.rival, "SELECT kind, is_active FROM principal WHERE id = %s", found["principalId"]) == [
        ("app", True)
    ]
    assert all(each["id"] != id_ for each in world.garage.ada.ask(INSTALLATIONS)["installations"])
    assert own(world.garage.ada, made["id"])["installations"] == 1  # type: ignore[index]  # it is there
    assert ("installation.create", id_) in acts(world.rival)
    assert all(subject != id_ for _, subject in acts(world.garage))


def test_an_app_is_installed_once_and_gets_no_more_than_it_asks_for(world: World) -> None:
    made = registered(world.garage.ada)
    told = world.rival.rita.ask(INSTALL, clientId=made["clientId"], scopes=["customer:update"])["installationCreate"]
    assert (told["id"], told["problems"][0]["path"]) == (None, ["scopes"])
    installed(world.rival.rita, made, "customer:read")
    told = world.rival.rita.ask(INSTALL, clientId=made["clientId"], scopes=["customer:read"])["installationCreate"]
    assert (told["id"], told["problems"][0]["code"]) == (None, "DUPLICATE")


def test_roles_are_of_the_company_and_need_the_right_to_give_them(world: World) -> None:
    made = registered(world.garage.ada, kind="MACHINE")
    (role,) = world.sql(world.garage, "SELECT id FROM role WHERE name = 'viewer'")[0]
    told = world.rival.rita.ask(INSTALL, clientId=made["clientId"], scopes=[], roles=[str(role)])["installationCreate"]
    assert (told["id"], told["problems"][0]["path"]) == (None, ["roleIds"])
    assert own(world.garage.ada, made["id"])["installations"] == 0  # type: ignore[index]  # it is there
    id_ = installed(world.garage.ada, made, "customer:read", roles=(str(role),))
    (found,) = [each for each in world.garage.ada.ask(INSTALLATIONS)["installations"] if each["id"] == id_]
    assert found["roleIds"] == [str(role)]


def test_an_end_takes_the_identity_away_and_may_be_followed_by_a_beginning(world: World) -> None:
    made = registered(world.garage.ada)
    id_ = installed(world.rival.rita, made, "customer:read")
    active = "SELECT is_active FROM principal WHERE kind = 'app' ORDER BY id DESC LIMIT 1"
    assert world.garage.ada.ask(END, id=id_)["installationEnd"]["problems"] == [{"code": "NOT_FOUND"}]
    assert world.rival.rita.ask(END, id=id_)["installationEnd"]["problems"] == []
    assert world.sql(world.rival, active) == [(False,)]
    assert installed(world.rival.rita, made, "customer:read") == id_
    assert world.sql(world.rival, active) == [(True,)]


def test_an_app_that_is_deleted_is_gone_everywhere(world: World) -> None:
    made = registered(world.garage.ada)
    id_ = installed(world.rival.rita, made, "customer:read")
    world.garage.ada.ask("mutation($id: ID!) { appDelete(id: $id) { id } }", id=made["id"])
    assert own(world.garage.ada, made["id"]) is None
    assert all(each["id"] != id_ for each in world.rival.rita.ask(INSTALLATIONS)["installations"])
