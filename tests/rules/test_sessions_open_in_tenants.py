"""A session opened outside saas/tenants is caught, however it is spelled."""

import pytest

from tests.rules.conftest import Findings


@pytest.mark.parametrize(
    "line",
    [
        "create_engine(dsn)",
        "sqlalchemy.create_engine(dsn)",
        "sessionmaker(bind=engine)",
        "Session(engine)",
        "psycopg.connect(dsn)",
        "psycopg.AsyncConnection.connect(dsn)",
        "engine.connect()",
    ],
)
def test_opening_is_refused_outside_tenants(findings: Findings, line: str) -> None:
    (found,) = findings("sessions-open-in-tenants", {"saas/engine/a.py": f"x = {line}\n"})
    assert found.startswith("saas/engine/a.py:1: ")
    assert found.endswith("opens a session outside saas/tenants. Use saas.tenants.session.reading or writing.")


def test_tenants_may_open(findings: Findings) -> None:
    assert findings("sessions-open-in-tenants", {"saas/tenants/a.py": "create_engine(dsn)\n"}) == []


def test_the_dispatcher_may_connect_when_it_says_why(findings: Findings) -> None:
    text = "psycopg.connect(dsn)  # no tenant: the dispatcher sees jobs only\n"
    assert findings("sessions-open-in-tenants", {"saas/workers/dispatcher.py": text}) == []


def test_a_door_may_not_connect_even_when_it_says_why(findings: Findings) -> None:
    text = "psycopg.connect(dsn)  # no tenant: quicker\n"
    assert len(findings("sessions-open-in-tenants", {"saas/web/a.py": text})) == 1


def test_a_session_as_a_type_is_no_opening(findings: Findings) -> None:
    text = "def f(session: Session) -> Session:\n    return session\n"
    assert findings("sessions-open-in-tenants", {"saas/engine/a.py": text}) == []


def test_a_pool_of_http_connections_is_no_database(findings: Findings) -> None:
    text = "def f() -> None:\n    {}.ConnectionPool()\n"
    assert findings("sessions-open-in-tenants", {"saas/gateways/a.py": text.format("httpcore2")}) == []
    assert findings("sessions-open-in-tenants", {"saas/gateways/a.py": text.format("psycopg_pool")}) != []
