"""What a tenant begins with is planted without a question while it is made, and later only where it is missing."""

from collections.abc import Iterator

import pytest
from sqlalchemy.orm import Session

from saas.modules import plant_all, plant_missing
from saas.tenants.provision import create_tenant
from saas.tenants.tenant import Tenant
from tests.contracts.statements import counted
from tests.databases import Cluster
from tests.tenants.place import Place, settled_on


@pytest.fixture(scope="module")
def place(cluster: Cluster) -> Iterator[Place]:
    with settled_on(cluster, "seeds") as settled:
        yield settled


def test_a_tenant_that_is_being_made_is_asked_nothing(place: Place) -> None:
    asked: list[str] = []

    def plant(session: Session, tenant: Tenant) -> None:
        with counted() as sent:
            plant_all(session, tenant)
        asked.extend(sent)

    tenant = create_tenant("new", "New", seed=plant)
    assert asked == []  # all that is planted waits, and goes with the commit
    counts = [
        (f'SELECT count(*) FROM "{tenant.schema}".{table}')
        for table in ("dictionary", "dictionary_entry", "trading_currency", "calendar", "calendar_day", "principal")
    ]
    planted = [place.ask(count)[0][0] for count in counts]
    audited = place.ask(f'SELECT count(*) FROM "{tenant.schema}".audit')
    assert all(planted)
    assert audited == [(sum(planted) - 1,)]  # the system identity is no record

    plant_missing(tenant)
    assert [place.ask(count)[0][0] for count in counts] == planted
    assert place.ask(f'SELECT count(*) FROM "{tenant.schema}".audit') == audited


def test_what_is_missing_is_planted_again(place: Place) -> None:
    tenant = create_tenant("bare", "Bare", seed=plant_all)
    count = f'SELECT count(*) FROM "{tenant.schema}".trading_currency'
    before = place.ask(count)
    place.ask(f"DELETE FROM \"{tenant.schema}\".trading_currency WHERE code = 'EUR'")
    assert place.ask(count) != before
    plant_missing(tenant)
    assert place.ask(count) == before
