"""Machines act as themselves: with the roles of their installation, in one company, under their own name."""

import pytest

from tests.web.oauth.partner import END, Partner, asked, installed, registered
from tests.world import World

CREATE = 'mutation { customerCreate(input: { name: "By a machine" }) { id problems { code message } } }'


@pytest.fixture(scope="module")
def admin_role(world: World) -> str:
    (role,) = world.sql(world.garage, "SELECT id FROM role WHERE name = 'admin'")[0]
    return str(role)


@pytest.fixture(scope="module")
def machine(world: World, admin_role: str) -> Partner:
    made = registered(world.garage.ada, kind="MACHINE", name="Robot")
    installed(world.garage.ada, made, "customer:read", "customer:create", roles=(admin_role,))
    return made


def token_of(machine: Partner, **more: str) -> str:
    answer = machine.post("token", grant_type="client_credentials", **more)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["access_token"])


def test_it_acts_with_its_roles_as_far_as_its_scopes_go(world: World, machine: Partner) -> None:
    token = token_of(machine)
    made = asked(token, CREATE).json()["data"]["customerCreate"]
    assert made["problems"] == []
    installations = world.garage.ada.ask("{ installations { clientId principalId } }")["installations"]
    (principal,) = [each["principalId"] for each in installations if each["clientId"] == machine.client_id]
    who = world.sql(world.garage, "SELECT actor_id::text, app FROM audit WHERE record_id = %s", made["id"])
    assert who == [(principal, "Robot")]
    employees = asked(token, "{ employees(first: 1) { nodes { id } } }").json()
    assert employees["data"]["employees"] is None or employees["data"]["employees"]["nodes"] == []


def test_it_may_ask_for_less_and_not_for_more(machine: Partner) -> None:
    told = asked(token_of(machine, scope="customer:read"), CREATE).json()["data"]["customerCreate"]
    assert (told["id"], told["problems"][0]["code"]) == (None, "FORBIDDEN")
    for scope in ("customer:delete", "openid", "offline_access"):
        assert machine.post("token", grant_type="client_credentials", scope=scope).json()["error"] == "invalid_scope"


def test_without_roles_it_may_nothing(world: World) -> None:
    bare = registered(world.rival.rita, kind="MACHINE")
    installed(world.rival.rita, bare, "customer:create")
    told = asked(token_of(bare), CREATE).json()["data"]["customerCreate"]
    assert (told["id"], told["problems"][0]["code"]) == (None, "FORBIDDEN")


def test_it_names_the_company_where_it_has_several(world: World) -> None:
    made = registered(world.garage.ada, kind="MACHINE")
    assert made.post("token", grant_type="client_credentials").json()["error"] == "unauthorized_client"
    installed(world.garage.ada, made, "customer:read")
    assert made.post("token", grant_type="client_credentials").status_code == 200
    unknown = made.post("token", grant_type="client_credentials", tenant="unknown").json()
    assert made.post("token", grant_type="client_credentials", tenant="rival").json() == unknown
    installed(world.rival.rita, made, "customer:read")
    assert made.post("token", grant_type="client_credentials").json()["error"] == "unauthorized_client"
    token = token_of(made, tenant="rival")
    slug = asked(token, "{ viewer { tenant { slug } } }").json()["data"]["viewer"]["tenant"]["slug"]
    assert slug == "rival"


def test_a_machine_is_no_app_of_people_and_they_are_no_machines(machine: Partner, app: Partner) -> None:
    assert machine.refresh("atf_x").json()["error"] == "unauthorized_client"
    assert app.post("token", grant_type="client_credentials").json()["error"] == "unauthorized_client"


def test_its_tokens_end_with_the_installation(world: World, admin_role: str) -> None:
    made = registered(world.garage.ada, kind="MACHINE")
    id_ = installed(world.garage.ada, made, "customer:read", roles=(admin_role,))
    token = token_of(made)
    assert asked(token).status_code == 200
    world.garage.ada.ask(END, id=id_)
    assert asked(token).json().get("data") is None  # the identity is no longer active, which counts at once
    assert made.post("token", grant_type="client_credentials").json()["error"] == "unauthorized_client"
