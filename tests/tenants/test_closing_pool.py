"""Letting go of all connections while somebody still works with one."""

import pytest
from sqlalchemy import Engine, text

from saas.tenants.cells import app_engine
from saas.tenants.database import close_connections, engine_for, plain_engine
from saas.tenants.tenant import Tenant
from tests.tenants.place import Place, until


@pytest.fixture(params=["cell", "plain"])
def engine(request: pytest.FixtureRequest, acme: Tenant) -> Engine:
    found = app_engine(acme.cell)
    return (
        found if request.param == "cell" else engine_for(found.url.update_query_dict({"keepalives": "1"}), plain_engine)
    )


def test_who_is_at_work_goes_on_and_leaves_nothing_open(engine: Engine, place: Place) -> None:
    with engine.connect() as connection:
        close_connections()
        backend = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
    until(lambda: is_gone(place, backend), "it is closed")


def test_an_engine_that_somebody_kept_leaves_nothing_open_either(engine: Engine, place: Place) -> None:
    close_connections()
    until(lambda: is_gone(place, used(engine)), "it is closed")


def test_the_next_use_opens_anew_and_keeps_it(engine: Engine, acme: Tenant) -> None:
    before = used(engine)
    assert used(engine) == before
    close_connections()
    anew = app_engine(acme.cell)
    after = used(anew)
    assert after != before
    assert used(anew) == after


def used(engine: Engine) -> int:
    """The backend that answered."""
    with engine.connect() as connection:
        found: int = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
        return found


def is_gone(place: Place, backend: int) -> bool:
    return place.ask(f"SELECT FROM pg_stat_activity WHERE pid = {backend}") == []
