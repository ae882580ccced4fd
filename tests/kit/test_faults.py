"""What is told about an error of the database is its SQLSTATE and its constraint, not its row."""

import psycopg
import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import IntegrityError

from saas.kit import faults
from saas.kit.errors import BadConfig, NotFound, Unavailable


def test_a_violated_constraint_is_named_without_its_values(empty_database: str) -> None:
    engine = create_engine(empty_database.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE customer (name text CONSTRAINT customer_name_key UNIQUE)"))
        connection.execute(text("INSERT INTO customer VALUES ('Miller')"))
    with pytest.raises(IntegrityError) as raised, engine.begin() as connection:
        connection.execute(text("INSERT INTO customer VALUES (:name)"), {"name": "Miller"})
    engine.dispose()
    told = faults.describe(raised.value)
    assert "Miller" in str(raised.value)
    assert told.message == "SQLSTATE 23505, constraint customer_name_key"
    assert told.cause is not None
    assert told.cause.message == "SQLSTATE 23505, constraint customer_name_key"
    assert "Miller" not in repr(told)


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (ValueError("Miller"), ""),
        (KeyError("Miller"), ""),
        (psycopg.OperationalError("Miller"), ""),
        (AttributeError("'NoneType' object has no attribute 'id'"), "'NoneType' object has no attribute 'id'"),
        (NotFound("There is no tenant 'x'."), "There is no tenant 'x'."),
    ],
)
def test_only_messages_that_cannot_quote_a_value_are_told(error: Exception, message: str) -> None:
    assert faults.message(error) == message


def test_an_error_that_causes_itself_is_described_all_the_same() -> None:
    first, second = RuntimeError("first"), RuntimeError("second")
    first.__cause__, second.__cause__ = second, first
    assert faults.describe(first).message == "first"


@pytest.mark.parametrize("error", [Unavailable("db-7:5432 is down."), BadConfig("SAAS_SECRET: too short.")])
def test_outsiders_do_not_learn_where_our_servers_are(error: Unavailable | BadConfig) -> None:
    message, remedy = faults.outward(error)
    assert message == "Atrium cannot answer this now."
    assert remedy == "Try again soon; the operator finds the reason in the log."
