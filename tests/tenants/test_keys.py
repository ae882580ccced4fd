"""Keys that sign: made when they are needed, published before they sign, known as long as what they signed."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from saas.kit.clock import now, stopped_at
from saas.tenants.identity.keys import AFTER, BEFORE, SIGNS, forget_keys, key_named, keys, published
from tests.tenants.place import Place


@pytest.fixture(autouse=True)
def no_keys(place: Place) -> Iterator[None]:
    place.ask("DELETE FROM directory.signing_key", database=place.directory)
    forget_keys()
    yield
    forget_keys()


def test_the_first_is_made_once_however_many_ask(place: Place) -> None:
    with ThreadPoolExecutor(8) as threads:
        ids = {str(found.signing.kid) for found in threads.map(lambda _: keys(), range(8))}
    assert [(id_,) for id_ in ids] == place.ask("SELECT id FROM directory.signing_key", database=place.directory)


def test_the_private_half_is_kept_encrypted(place: Place) -> None:
    number = keys().signing.as_dict(private=True)["d"]
    ((kept,),) = place.ask("SELECT private FROM directory.signing_key", database=place.directory)
    assert str(number).encode() not in bytes(kept)
    assert {"d", "p", "q"}.isdisjoint(published()[0])
    assert {"kty", "kid", "use", "alg", "n", "e"} == set(published()[0])


def test_the_next_is_published_before_it_signs_and_the_former_stays_known() -> None:
    began = now()
    with stopped_at(began):
        first = str(keys().signing.kid)
        assert [key["kid"] for key in published()] == [first]
    with stopped_at(began + SIGNS - BEFORE + timedelta(seconds=1)):
        assert str(keys().signing.kid) == first
        (second,) = {key["kid"] for key in published()} - {first}
    with stopped_at(began + SIGNS + timedelta(seconds=1)):
        assert str(keys().signing.kid) == second
        assert key_named(first) is not None
    with stopped_at(began + SIGNS + AFTER + timedelta(seconds=1)):
        forget_keys()
        assert key_named(first) is None
        assert str(keys().signing.kid) == second


def test_after_a_long_rest_a_key_is_made_that_signs_at_once() -> None:
    first = str(keys().signing.kid)
    with stopped_at(now() + 4 * SIGNS):
        assert str(keys().signing.kid) != first
