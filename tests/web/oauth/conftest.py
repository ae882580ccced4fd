"""A partner of the garage, whose app is installed there and at its rival, and people with browsers."""

import pytest

from saas.modules.organisation.employee import Employee
from saas.tenants.sign_in import let_in
from saas.web.oauth.rates import wrong_codes, wrong_secrets
from tests.web.oauth.partner import Browser, Partner, installed, registered
from tests.world import World


@pytest.fixture(autouse=True)
def nobody_tried() -> None:
    """Nobody has guessed secrets or codes yet."""
    wrong_codes.forget()
    wrong_secrets.forget()


@pytest.fixture(scope="module")
def app(world: World) -> Partner:
    """A confidential app, installed in both companies."""
    made = registered(world.garage.ada)
    installed(world.garage.ada, made, "customer:read")
    installed(world.rival.rita, made, "customer:read")
    return made


@pytest.fixture(scope="module")
def phone(world: World) -> Partner:
    """A public app, installed in the garage."""
    uris = ["https://partner.example/in", "com.example.ledger:/in", "http://127.0.0.1/in"]
    made = registered(world.garage.ada, kind="PUBLIC", name="Ledger mobile", redirectUris=uris)
    installed(world.garage.ada, made, "customer:read")
    return made


@pytest.fixture
def sam(world: World) -> Browser:
    """Sam of the garage, signed in."""
    return Browser().sign_in(world.garage.sam.email)


@pytest.fixture(scope="module")
def both(world: World) -> str:
    """The address of somebody who works in both companies, where they see all customers."""
    email = "bo@both.test"
    for company in (world.garage, world.rival):
        id_ = company.make(Employee, name="Bo", email=email)
        holds = "INSERT INTO principal_role (principal_id, role_id) SELECT %s, id FROM role WHERE name = 'viewer'"
        world.sql(company, holds, id_)
        let_in(company.tenant, id_, email, "correct horse battery staple" if company is world.garage else None, "Bo")
    return email
