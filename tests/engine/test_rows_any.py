"""Any values at all: a few rows with them in the text, many as JSON and a changed one keep what SQLAlchemy keeps."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Session

from saas.engine.changed import _of_one
from saas.engine.rows import insert_rows
from saas.tenants.cells import as_owner
from saas.tenants.waiting import Savepoint, ask, send, wait
from tests.tenants.test_literals_any import HARD, KINDS, TEXT
from tests.world import World

ANY = sa.Table(
    "any_row",
    sa.MetaData(),
    sa.Column("id", sa.Uuid(), primary_key=True),
    sa.Column("text", sa.Text()),
    sa.Column("count", sa.BigInteger()),
    sa.Column("amount", sa.Numeric()),
    sa.Column("is_so", sa.Boolean()),
    sa.Column("day", sa.Date()),
    sa.Column("at", sa.DateTime(timezone=True)),
    sa.Column("facts", JSONB()),
    sa.Column("texts", ARRAY(sa.Text())),
    sa.Column("ids", ARRAY(sa.Uuid())),
    prefixes=["TEMPORARY"],
    postgresql_on_commit="DROP",
)
# orjson takes whole numbers of 64 bits; SQLAlchemy writes NaN, which no JSON of Postgres can hold.
LEAF = st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | TEXT | st.sampled_from(HARD)
FACTS = st.dictionaries(TEXT, st.recursive(LEAF, lambda each: st.lists(each) | st.dictionaries(TEXT, each)), max_size=3)
ROW = st.fixed_dictionaries(
    {
        "text": st.none() | KINDS["text"],
        "count": st.none() | KINDS["bigint"],
        "amount": st.none() | KINDS["numeric"],
        "is_so": st.none() | st.booleans(),
        "day": st.none() | KINDS["date"],
        "at": st.none() | KINDS["timestamptz"],
        "facts": st.none() | FACTS,
        "texts": st.none() | st.lists(KINDS["text"], max_size=4),
        "ids": st.none() | st.lists(st.uuids(), max_size=3),
    }
)


@pytest.fixture
def session(world: World) -> Iterator[Session]:
    with as_owner(world.garage.tenant.cell) as connection, Session(bind=connection) as session:
        ANY.create(connection)
        yield session


def kept(session: Session) -> list[tuple[Any, ...]]:
    """The texts of what is in the table, which is empty then."""
    found = ask(
        session, "SELECT (kept - 'id')::text, id FROM (SELECT to_jsonb(any_row) AS kept, * FROM any_row) AS a", {}
    )
    wait(session, "TRUNCATE any_row")
    return sorted((told, id_) for told, id_ in found)


def by_sqlalchemy(session: Session, rows: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    given = [{name: sa.null() if value is None else value for name, value in row.items()} for row in rows]
    for row in given:
        session.execute(sa.insert(ANY).values(row))
    return kept(session)


OFTEN = settings(max_examples=40, deadline=None, suppress_health_check=[*HealthCheck])


@OFTEN
@given(values=st.lists(ROW, min_size=5, max_size=6))
def test_any_rows_are_kept_alike(values: list[dict[str, Any]], session: Session) -> None:
    rows = [{"id": UUID(int=number), **each} for number, each in enumerate(values)]
    expected = by_sqlalchemy(session, rows)
    insert_rows(session, ANY, rows)
    assert kept(session) == expected
    insert_rows(session, ANY, rows[:3])
    insert_rows(session, ANY, rows[3:])
    assert kept(session) == expected


@OFTEN
@given(values=ROW)
def test_any_change_is_kept_alike(values: dict[str, Any], session: Session) -> None:
    row = {"id": UUID(int=1), **values}
    expected = by_sqlalchemy(session, [row])
    insert_rows(session, ANY, [{"id": UUID(int=1)}])
    wait(session, _of_one(ANY, row))
    assert kept(session) == expected


def test_an_id_that_is_none_changes_nothing(session: Session) -> None:
    insert_rows(session, ANY, [{"id": UUID(int=1), "text": "a"}])
    place = Savepoint(session)
    send(session)
    wait(session, _of_one(ANY, {"id": f"{UUID(int=1)}' OR text = 'a", "text": "b"}))
    with pytest.raises(sa.exc.DataError, match="invalid input syntax for type uuid"):
        send(session)
    place.undo()
    assert ask(session, "SELECT text FROM any_row", {}) == [("a",)]
