"""Values in the text of a statement: Postgres reads what was written, whatever is in it, and with the type it had."""

from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.exc import DataError

from saas.tenants.literals import literal, plain
from saas.tenants.session import writing
from saas.tenants.tenant import Tenant
from saas.tenants.waiting import ask


class Word(StrEnum):
    HERE = "it's here"


ID = UUID("018f0000-0000-8000-8000-000000000001")
NASTY = "it's; -- 100 %s %% \\ \\' \n \"客户\" {a,b} NULL $1 :x"
READ = {
    "nothing": (None, "text"),
    "yes": (True, "boolean"),
    "no": (False, "boolean"),
    "number": (7, "bigint"),
    "below zero": (-7, "bigint"),
    "text": (NASTY, "text"),
    "empty": ("", "text"),
    "backslash at the end": ("a\\", "text"),
    "id": (ID, "uuid"),
    "amount": (Decimal("-12345678901234.5000"), "numeric"),
    "day": (date(2024, 2, 29), "date"),
    "moment": (datetime(2024, 2, 29, 12, 30, 0, 123456, tzinfo=UTC), "timestamptz"),
    "no texts": ([], "text[]"),
    "texts": ([NASTY, "", "NULL", "{}", 'a"b'], "text[]"),
    "ids": ([ID, ID], "uuid[]"),
    "numbers": ([1, -2], "int[]"),
}


@pytest.mark.parametrize(("value", "kind"), READ.values(), ids=READ)
@pytest.mark.parametrize("write", [literal, plain])
def test_what_is_written_is_read(write: Any, value: Any, kind: str, acme: Tenant) -> None:
    with writing(acme) as opened:
        sql = f"SELECT ({write(value)})::{kind}"
        assert ask(opened.session, sql, {}) == [(value,)]


def test_a_value_has_its_type_where_nothing_else_tells_it(acme: Tenant) -> None:
    values = {"id": ID, "at": datetime(2024, 1, 1, tzinfo=UTC), "on": date(2024, 1, 1), "sum": Decimal("1.5")}
    asked = ", ".join(f"pg_typeof(%({name})s)::text" for name in values)
    with writing(acme) as opened:
        (told,) = ask(opened.session, f"SELECT {asked}", values)
    assert told == ("uuid", "timestamp with time zone", "date", "numeric")


def test_a_word_of_code_is_its_value(acme: Tenant) -> None:
    with writing(acme) as opened:
        assert ask(opened.session, "SELECT %(word)s || ''", {"word": Word.HERE}) == [("it's here",)]


@pytest.mark.parametrize(("value", "why"), [("a\0b", "NUL"), ("a\ud800b", "half a character")])
def test_a_text_that_nobody_can_keep_is_refused(value: str, why: str, acme: Tenant) -> None:
    with pytest.raises(DataError, match=why), writing(acme) as opened:
        ask(opened.session, "SELECT %(text)s::text", {"text": value})


def test_a_tuple_is_an_array_in_a_column(acme: Tenant) -> None:
    with writing(acme) as opened:
        told = plain(("a", None, "it's {b}"))
        assert ask(opened.session, f"SELECT ({told})::text[]", {}) == [(["a", None, "it's {b}"],)]
