"""Ids tell their object and stay in order; those of a client are looked at."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from saas.kit import ids
from saas.kit.errors import BadInput

CUSTOMER = 0x012
NOW = datetime.now(UTC)


def test_an_id_is_a_version_8_uuid_with_its_object_inside() -> None:
    made = ids.new_id(CUSTOMER)
    assert made.version == 8
    assert made.variant == "specified in RFC 4122"
    assert ids.code_of(made) == CUSTOMER
    assert str(made)[14:18] == "8012"


def test_an_id_carries_the_time_at_which_it_was_made() -> None:
    before = datetime.now(UTC) - timedelta(milliseconds=1)
    made = datetime.fromtimestamp(ids.moment_ms(ids.new_id(CUSTOMER)) / 1000, UTC)
    assert before <= made <= datetime.now(UTC)


def test_ids_made_in_a_row_are_in_order_and_all_different() -> None:
    made = [ids.new_id(CUSTOMER) for _ in range(2000)]
    assert len(set(made)) == 2000
    # Neighbours may share the fraction of a microsecond; what is further apart is in order.
    assert all(made[at] < made[at + 50] for at in range(0, 1950, 50))


def test_a_uuid_of_another_layout_tells_no_object() -> None:
    assert ids.code_of(UUID("6f1c8a52-4b53-4c5d-9a57-1f2e3d4c5b6a")) is None


def test_a_client_may_make_an_id() -> None:
    ids.check_client_id(ids.new_id(CUSTOMER), CUSTOMER, NOW)


@pytest.mark.parametrize(
    ("id_", "message"),
    [
        (ids.new_id(0x013), "is not an id for this object."),
        (UUID("6f1c8a52-4b53-4c5d-9a57-1f2e3d4c5b6a"), "is not an id for this object."),
        (UUID(int=ids.new_id(CUSTOMER).int & ~(0xFFFFFFFFFFFF << 80)), "carries an impossible time."),
        (UUID(int=ids.new_id(CUSTOMER).int + (86_500_000 << 80)), "carries an impossible time."),
    ],
    ids=["another object", "another layout", "made in 1970", "made tomorrow"],
)
def test_an_id_of_a_client_is_refused(id_: UUID, message: str) -> None:
    with pytest.raises(BadInput) as refused:
        ids.check_client_id(id_, CUSTOMER, NOW)
    assert refused.value.message == f"{id_} {message}"


def test_the_codes_of_the_platform_differ() -> None:
    codes = [ids.IMPORT_RUN, ids.AUDIT, ids.JOB, ids.TENANT, ids.PERSON, ids.MEMBERSHIP, ids.SIGN_IN, ids.REQUEST]
    assert len(set(codes)) == 8
    assert all(0x700 <= code <= 0x7FF for code in codes)
