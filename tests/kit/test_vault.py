"""What is sealed is read with the right secret and purpose only, and secrets can be changed."""

import pytest

from saas.kit.errors import BadConfig
from saas.kit.vault import is_current, opened, sealed
from tests.tenants.place import with_settings

OLD, NEW = "o" * 40, "n" * 40


def test_what_is_sealed_is_read_again_and_shows_nothing() -> None:
    stored = sealed(b"client secret", "connections")
    assert b"client" not in stored
    assert opened(stored, "connections") == b"client secret"
    assert sealed(b"client secret", "connections") != stored


@pytest.mark.parametrize("at", [0, 5, 20, -1])
def test_a_changed_byte_is_noticed(at: int) -> None:
    stored = bytearray(sealed(b"client secret", "connections"))
    stored[at] ^= 1
    with pytest.raises(BadConfig):
        opened(bytes(stored), "connections")


def test_another_purpose_opens_nothing() -> None:
    with pytest.raises(BadConfig, match="No secret of this installation opens what is stored for keys"):
        opened(sealed(b"client secret", "connections"), "keys")


def test_a_former_secret_opens_until_it_is_taken_away() -> None:
    with with_settings(SAAS_SECRET=OLD):
        stored = sealed(b"x", "keys")
        assert is_current(stored)
    with with_settings(SAAS_SECRET=NEW, SAAS_FORMER_SECRETS=f"{'z' * 40} {OLD}"):
        assert opened(stored, "keys") == b"x"
        assert not is_current(stored)
        assert is_current(sealed(b"x", "keys"))
    with with_settings(SAAS_SECRET=NEW), pytest.raises(BadConfig, match="SAAS_FORMER_SECRETS"):
        opened(stored, "keys")
