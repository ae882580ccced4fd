"""One sign-in serves all tenants, but each may demand more of it."""

from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from saas.kit.clock import now
from saas.tenants.identity import enough
from saas.tenants.identity.policy import Policy
from saas.tenants.identity.sessions import Session

TENANT, OWN, OTHERS = uuid4(), uuid4(), uuid4()
AT = now()
BY_PASSWORD = Session(uuid4(), uuid4(), ("pwd",), None, None, None, "", "", AT, AT, AT, AT)
BY_TWO = replace(BY_PASSWORD, methods=("pwd", "otp"))
BY_RECOVERY = replace(BY_PASSWORD, methods=("pwd", "recovery"))
BY_OWN = replace(BY_PASSWORD, methods=("sso",), connection_id=OWN)
BY_OTHERS = replace(BY_PASSWORD, methods=("sso",), connection_id=OTHERS)


@pytest.fixture(autouse=True)
def connections(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tenant has one identity provider of its own."""

    def of(tenant_id: UUID) -> frozenset[UUID]:
        return frozenset({OWN} if tenant_id == TENANT else ())

    monkeypatch.setattr(enough, "connections_of", of)


@pytest.mark.parametrize(
    ("policy", "session", "step"),
    [
        (Policy(), BY_PASSWORD, None),
        (Policy(), BY_OTHERS, None),
        (Policy(second_factor=True), BY_PASSWORD, "second_factor"),
        (Policy(second_factor=True), BY_TWO, None),
        (Policy(second_factor=True), BY_RECOVERY, None),
        (Policy(second_factor=True), BY_OWN, None),
        (Policy(second_factor=True), BY_OTHERS, "second_factor"),
        (Policy(password_allowed=False), BY_TWO, "sso"),
        (Policy(password_allowed=False), BY_OTHERS, "sso"),
        (Policy(password_allowed=False), BY_OWN, None),
        (Policy(password_allowed=False, second_factor=True), BY_TWO, "sso"),
    ],
)
def test_what_a_tenant_demands_yet(policy: Policy, session: Session, step: str | None) -> None:
    assert enough.is_enough(session, policy, TENANT) == step
