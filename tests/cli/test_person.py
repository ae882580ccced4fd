"""An operator helps somebody who cannot get in, and puts out somebody who must."""

import pytest

from saas.kit.clock import now, stopped_at
from saas.kit.errors import Unauthenticated
from saas.tenants.directory import directory
from saas.tenants.identity.lockout import count_failure
from saas.tenants.identity.people import contact_at
from saas.tenants.identity.sessions import session_begin, session_of
from saas.tenants.sign_in import forget_callers, identify, sign_in
from tests.cli.onboarding_place import SHOP, Operator

ADA = "ada@shop.example"


@pytest.fixture
def shop(operator: Operator) -> Operator:
    operator.onboard(SHOP)
    return operator


def test_who_failed_too_often_is_let_try_again(shop: Operator) -> None:
    with stopped_at(now()):
        person = contact_at(ADA)
        assert person is not None
        with directory() as connection:
            for _ in range(5):
                count_failure(connection, person.id, ADA)
        with pytest.raises(Unauthenticated):
            sign_in("shop", ADA, "first-secret")
        told = shop.saas("person", "show", ADA, "--json").data
        assert told == {
            "email": ADA, "name": "Ada", "tenants": ["shop"], "has_password": True, "second_factor": False,
            "sessions": 0, "failures": 5, "waits_s": 2,
        }  # fmt: skip
        assert shop.saas("person", "unlock", ADA).out == f"{ADA}: they need not wait any longer.\n"
        assert shop.saas("person", "show", ADA, "--json").data["failures"] == 0
        assert sign_in("shop", ADA, "first-secret").token


def test_whoever_is_put_out_is_out_everywhere(shop: Operator) -> None:
    token = sign_in("shop", ADA, "first-secret").token
    person = contact_at(ADA)
    assert person is not None
    with directory() as connection:
        _, secret = session_begin(connection, person.id, methods=("pwd",))
    assert session_of(secret) is not None
    assert shop.saas("person", "sign-out", ADA.upper(), "--json").data["email"] == ADA
    forget_callers()
    assert session_of(secret) is None
    with pytest.raises(Unauthenticated):
        identify(token)


def test_nobody_is_helped_whom_nobody_knows(shop: Operator) -> None:
    said = shop.saas("person", "unlock", "nobody@shop.example")
    assert said.code == 4
    assert said.err == (
        "saas: Nobody is known as 'nobody@shop.example'. `saas tenant show` tells who signs in to a tenant.\n"
    )
