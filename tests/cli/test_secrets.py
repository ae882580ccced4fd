"""A new SAAS_SECRET: what the old one sealed is sealed anew, and then the old one is not needed."""

from saas.kit.settings import settings
from saas.tenants.identity.keys import forget_keys, keys
from tests.cli.onboarding_place import Operator
from tests.tenants.place import with_settings

NEW = "n" * 40


def test_a_secret_is_changed_without_losing_a_key(operator: Operator) -> None:
    forget_keys()
    kid = keys().signing.kid
    old = settings().secret.get_secret_value()
    key = {"column": "signing_key.private", "total": 1, "former": 1}
    with with_settings(SAAS_SECRET=NEW, SAAS_FORMER_SECRETS=old):
        assert key in operator.saas("secrets", "list", "--json").data["sealed"]
        assert key in operator.saas("secrets", "rotate", "--dry-run", "--json").data["sealed"]
        assert key in operator.saas("secrets", "rotate", "--json").data["sealed"]
        assert {**key, "former": 0} in operator.saas("secrets", "rotate", "--json").data["sealed"]
    with with_settings(SAAS_SECRET=NEW):
        forget_keys()
        assert keys().signing.kid == kid
    with with_settings(SAAS_SECRET=old, SAAS_FORMER_SECRETS=NEW):
        operator.saas("secrets", "rotate")
        forget_keys()
        assert keys().signing.kid == kid


def test_without_the_former_secret_it_says_what_is_missing(operator: Operator) -> None:
    forget_keys()
    keys()
    with with_settings(SAAS_SECRET=NEW):
        told = operator.saas("secrets", "rotate")
    assert told.code == 2
    assert "Put the secret that sealed it into SAAS_FORMER_SECRETS." in told.err
