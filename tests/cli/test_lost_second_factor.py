"""An operator helps who lost their second factor, and it is written down in each of their companies."""

import pyotp
import pytest

from saas.tenants.directory import directory, tenant_by_slug
from saas.tenants.identity.people import contact_at
from saas.tenants.identity.second_factor import has_second_factor, second_factor_begin, second_factor_confirm
from saas.tenants.identity.sessions import session_begin, session_of
from tests.cli.onboarding_place import SHOP, Operator

EMAIL = "sam@shop.example"


@pytest.fixture
def shop(operator: Operator) -> Operator:
    operator.onboard(SHOP)
    return operator


def test_it_is_turned_off_and_sessions_end(shop: Operator) -> None:
    person = contact_at(EMAIL)
    assert person is not None
    with directory() as connection:
        key = second_factor_begin(connection, person.id)
        assert second_factor_confirm(connection, person.id, pyotp.TOTP(key).now())
        _, secret = session_begin(connection, person.id, methods=("pwd", "otp"))
    dry = shop.saas("person", "reset-second-factor", EMAIL, "--dry-run", "--json")
    assert (dry.code, dry.data) == (0, {"email": EMAIL, "had_one": True, "dry_run": True})
    assert has_second_factor(person.id)
    assert session_of(secret) is not None
    done = shop.saas("person", "reset-second-factor", "SAM@shop.example")
    assert (done.code, done.out.startswith(f"The second factor of {EMAIL} is off")) == (0, True)
    assert not has_second_factor(person.id)
    assert session_of(secret) is None
    told = shop.place.ask(
        "SELECT verb, actor_id FROM directory.act WHERE tenant_id = %s ORDER BY id DESC LIMIT 1",
        tenant_by_slug("shop").id,
        database=shop.place.directory,
    )
    assert told == [("secondFactor.reset", None)]
    again = shop.saas("person", "reset-second-factor", EMAIL)
    assert (again.code, again.out.strip()) == (0, f"{EMAIL} has no second factor.")


def test_nobody_is_helped_by_mistake(shop: Operator) -> None:
    said = shop.saas("person", "reset-second-factor", "nobody@shop.example")
    assert (said.code, "Nobody signs in as 'nobody@shop.example'." in said.err) == (4, True)
