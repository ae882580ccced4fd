"""An operator gets a token for somebody who may sign in, and for nobody else."""

from datetime import UTC, datetime, timedelta

import pytest

from saas.kit import clock
from saas.kit.errors import Unauthenticated
from saas.tenants.sign_in import identify
from tests.cli.onboarding_place import SHOP, Operator, ask


@pytest.fixture
def shop(operator: Operator) -> Operator:
    operator.onboard(SHOP)
    return operator


def test_it_prints_the_token_alone_and_the_token_works(shop: Operator) -> None:
    token = shop.token("shop", "ADA@shop.example")
    assert ask(token, "{ viewer { name } }")["data"] == {"viewer": {"name": "Ada"}}


def test_it_ends_after_the_hours_that_were_asked_for(shop: Operator) -> None:
    now = datetime(2026, 11, 21, 12, tzinfo=UTC)
    with clock.stopped_at(now):
        told = shop.saas("token", "shop", "sam@shop.example", "--hours", "0.5", "--json").data
    assert (told["tenant"], told["email"]) == ("shop", "sam@shop.example")
    assert datetime.fromisoformat(told["expiresAt"]) == now + timedelta(minutes=30)
    with clock.stopped_at(now + timedelta(minutes=29)):
        assert identify(told["token"]).tenant.slug == "shop"
    with clock.stopped_at(now + timedelta(minutes=31)), pytest.raises(Unauthenticated):
        identify(told["token"])


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("nowhere", "sam@shop.example"), 4, "There is no tenant 'nowhere'."),
        (("shop", "nobody@shop.example"), 4, "Nobody signs in to shop as 'nobody@shop.example'."),
        (("shop", "wim"), 4, "Nobody signs in to shop as 'wim'."),
        (("shop", "sam@shop.example", "--hours", "0"), 2, "--hours"),
        (("shop", "sam@shop.example", "--hours", "9999999"), 2, "--hours"),
    ],
)
def test_it_tells_what_was_wrong(shop: Operator, arguments: tuple[str, ...], code: int, told: str) -> None:
    said = shop.saas("token", *arguments)
    assert (said.code, said.out, told in said.err) == (code, "", True)


def test_there_is_none_for_a_suspended_tenant(shop: Operator) -> None:
    assert shop.saas("tenant", "suspend", "shop").code == 0
    said = shop.saas("token", "shop", "sam@shop.example")
    assert (said.code, "The tenant shop is suspended." in said.err) == (6, True)
    assert shop.saas("tenant", "resume", "shop").code == 0
