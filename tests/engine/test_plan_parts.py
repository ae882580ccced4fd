"""What plans are put together from: parameters in Postgres' text form, JSON as one concat, places that Python mends."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

import orjson
import psycopg
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.pq import ExecStatus
from sqlalchemy.dialects.postgresql import ARRAY

from saas.engine.plan.json_text import MARK, Concat, Form, Member, Parts, Sure, json_array, json_object, text, where
from saas.engine.plan.mends import mended
from saas.engine.sql.encode import encoder_of, literal, literals, text_of
from tests.databases import Cluster


class Word(StrEnum):
    ONE = "one"


ID, OTHER = UUID("01a22084-067f-8fff-8a84-965764728b21"), UUID(int=7)
MOMENT = datetime(2026, 2, 28, 23, 59, 59, 123456, UTC)
EAST = datetime(2026, 3, 1, 7, 0, tzinfo=timezone(timedelta(hours=8)))
HARD = ["", " ", "NULL", "null", "a,b", "{a}", 'say "hi"', "back\\slash", "\\", '\\"', "'", "北京", "é", "e\u0301",
        "😀", "line\nbreak", "tab\t", "\u2028", "%_", "$1", "\x01", "\x7f", "(x)"]  # fmt: skip


@pytest.fixture(scope="module")
def connection(cluster: Cluster) -> Iterator[psycopg.Connection]:
    with psycopg.connect(cluster.admin_dsn, autocommit=True) as found:
        found.execute("SET timezone TO 'Asia/Shanghai'")  # what is sent must not depend on it
        yield found


def asked(connection: psycopg.Connection, sql: str, *values: bytes | None) -> Any:
    """What Postgres made of the parameters, out of JSON."""
    result = connection.pgconn.exec_params(sql.encode(), list(values))
    assert result.status == ExecStatus.TUPLES_OK, result.error_message
    told = result.get_value(0, 0)
    return None if told is None else orjson.loads(told)


# --- Parameters ---

KINDS: list[tuple[Any, str, Any, str]] = [
    (sa.Text(), "text", 'a "b" \\ \n 北京', "$1::{0} = 'a \"b\" \\ ' || chr(10) || ' 北京'"),
    (sa.Text(), "text", "", "$1::{0} = ''"),
    (sa.String(5), "text", Word.ONE, "$1::{0} = 'one'"),
    (sa.Uuid(), "uuid", ID, f"$1::{{0}} = '{ID}'"),
    (sa.Integer(), "bigint", -(2**40), f"$1::{{0}} = {-(2**40)}"),
    (sa.BigInteger(), "bigint", 0, "$1::{0} = 0"),
    (sa.Boolean(), "boolean", True, "$1::{0}"),
    (sa.Boolean(), "boolean", False, "NOT $1::{0}"),
    (sa.Numeric(), "numeric", Decimal("1E+3"), "$1::{0} = 1000"),
    (sa.Numeric(), "numeric", Decimal("-0.000000100"), "$1::{0} = -0.0000001 AND scale($1::{0}) = 9"),
    (sa.Date(), "date", date(2024, 2, 29), "$1::{0} = '2024-02-29'"),
    (sa.Date(), "date", date(1, 1, 1), "$1::{0} = '0001-01-01'"),
    (sa.DateTime(timezone=True), "timestamptz", MOMENT, "$1::{0} = '2026-02-28 23:59:59.123456+00'"),
    (sa.DateTime(timezone=True), "timestamptz", EAST, "$1::{0} = '2026-02-28 23:00:00+00'"),
    (sa.DateTime(), "timestamp", MOMENT.replace(tzinfo=None), "$1::{0} = '2026-02-28 23:59:59.123456'"),
]


@pytest.mark.parametrize(("type_", "name", "value", "condition"), KINDS)
def test_a_value_arrives(connection: psycopg.Connection, type_: Any, name: str, value: Any, condition: str) -> None:
    encoded = encoder_of(type_)
    assert encoded.name == name
    assert asked(connection, f"SELECT to_json({condition.format(name)})", encoded.encode(value)) is True
    assert encoded.encode(None) is None
    assert asked(connection, f"SELECT to_json($1::{name} IS NULL)", None) is True


LISTS: list[tuple[Any, str, list[Any], list[Any]]] = [
    (sa.Text(), "text[]", HARD, HARD),
    (sa.Text(), "text[]", [], []),
    (sa.Text(), "text[]", [Word.ONE], ["one"]),
    (sa.Uuid(), "uuid[]", [ID, OTHER, ID], [str(ID), str(OTHER), str(ID)]),
    (sa.Integer(), "bigint[]", [3, -1, 2**40], [3, -1, 2**40]),
    (sa.Boolean(), "boolean[]", [True, False], [True, False]),
    (sa.Numeric(), "numeric[]", [Decimal("1.50"), Decimal("1E+2")], [1.5, 100]),
    (sa.Date(), "date[]", [date(2024, 2, 29)], ["2024-02-29"]),
    (sa.DateTime(timezone=True), "timestamptz[]", [MOMENT], ["2026-03-01T07:59:59.123456+08:00"]),
    (sa.Text(), "text[]", ["None", None], ["None", None]),
    (sa.Uuid(), "uuid[]", [None, ID], [None, str(ID)]),
    (sa.DateTime(), "timestamp[]", [MOMENT.replace(tzinfo=None)], ["2026-02-28T23:59:59.123456"]),
]


@pytest.mark.parametrize(("type_", "name", "values", "expected"), LISTS)
def test_a_list_arrives(
    connection: psycopg.Connection, type_: Any, name: str, values: list[Any], expected: list[Any]
) -> None:
    for encoded in (encoder_of(type_, many=True), encoder_of(ARRAY(type_))):
        assert encoded.name == name
        assert asked(connection, f"SELECT to_json($1::{name})", encoded.encode(values)) == expected
    assert encoder_of(type_, many=True).encode(None) is None


@settings(max_examples=200, suppress_health_check=[*HealthCheck])
@given(values=st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))))
def test_any_texts_arrive(connection: psycopg.Connection, values: list[str]) -> None:
    many, one = encoder_of(sa.Text(), many=True), encoder_of(sa.Text())
    assert asked(connection, "SELECT to_json($1::text[])", many.encode(values)) == values
    for value in values[:3]:
        assert asked(connection, "SELECT to_json($1::text)", one.encode(value)) == value


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "NULL"),
        (True, "true"),
        (False, "false"),
        (0, "0"),
        (-5, "-5"),
        ("active", "'active'"),
        ("base.amount of_it", "'base.amount of_it'"),
        (Word.ONE, "'one'"),
        ("Active", None),
        ("a'b", None),
        ("", None),
        (" a", None),
        ("a1", None),
        ("a\n", None),
        ("a" * 42, None),
        ("北京", None),
        (1.5, None),
        (Decimal(1), None),
        (ID, None),
        (date(2024, 1, 1), None),
        ([1], None),
    ],
)
def test_what_stands_in_sql_as_it_is(value: Any, expected: str | None) -> None:
    assert literal(value) == expected


def test_a_list_stands_in_sql_where_all_of_it_may() -> None:
    assert literals(["a", Word.ONE, 5]) == "'a', 'one', 5"
    assert (literals([]), literals(["a", "B"]), literals([ID])) == (None, None, None)


def test_a_number_has_no_exponent() -> None:
    assert [text_of(Decimal(each)) for each in ("1E+3", "1E-7", "-0", "1.10")] == ["1000", "0.0000001", "-0", "1.10"]


# --- JSON ---


def test_an_object_is_one_concat() -> None:
    inner = json_object([Member("x", "t.a", Form.STRING, is_there=True), Member("y", "'Money'", Form.PLAIN, True)])
    assert inner == """concat('{"x":', to_json(t.a), ',"y":"Money"}')"""
    whole = json_object([Member("in", inner, Form.JSON, is_there=True), Member("n", "t.n::text", Form.JSON)])
    assert whole == ("""concat('{"in":{"x":', to_json(t.a), ',"y":"Money"},"n":', coalesce(t.n::text, 'null'), '}')""")
    assert whole.count("concat(") == 1


def test_what_needs_no_question_is_a_literal() -> None:
    assert json_object([]) == "'{}'"
    assert json_object([Member("t", "'Query'", Form.PLAIN, is_there=True)]) == """'{"t":"Query"}'"""
    outer = json_object([Member("o", json_object([]), Form.JSON)])
    assert outer == """'{"o":{}}'"""
    assert isinstance(outer, Concat)


def test_quotes_in_our_own_texts_are_doubled() -> None:
    assert text("it's 'so'") == "'it''s ''so'''"
    parts = Parts()
    parts.add("a'")
    parts.add("")
    parts.add("'b")
    assert parts.concat() == "'a''''b'"
    parts.put("'it''s'")  # an expression with quotes inside is no plain literal
    assert parts.concat() == "concat('a''''b', 'it''s')"


def test_what_may_be_null_is_written_as_null() -> None:
    assert where("c", "x") == "CASE WHEN c THEN coalesce(x, 'null') ELSE 'null' END"
    assert where("c", json_object([])) == "CASE WHEN c THEN '{}' ELSE 'null' END"
    assert isinstance(where("c", "x"), Sure)


def test_json_comes_out_of_postgres(connection: psycopg.Connection) -> None:
    first_row, second_row = "('é \"x\" \\ ' || chr(10), 5, NULL::text, NULL::date)", "(NULL, NULL, 'y', '2024-02-29')"
    rows = f"(VALUES {first_row}, {second_row}) AS t (s, n, p, d)"
    inner = json_object([Member("s", "t.s", Form.STRING), Member("d", "t.d", Form.PLAIN)])
    one = json_object(
        [
            Member("n", "t.n::text", Form.JSON),
            Member("p", "t.p", Form.PLAIN),
            Member("in", where("t.n IS NOT NULL", inner), Form.JSON),
            Member("all", inner, Form.JSON, is_there=True),
        ]
    )
    array = json_array(f"array_to_string(ARRAY(SELECT {one} FROM {rows}), ',')")
    first = {"s": 'é "x" \\ \n', "d": None}
    second = {"s": None, "d": "2024-02-29"}
    assert asked(connection, f"SELECT {array}") == [
        {"n": 5, "p": None, "in": first, "all": first},
        {"n": None, "p": "y", "in": None, "all": second},
    ]
    assert asked(connection, f"SELECT {json_array('array_to_string(ARRAY[]::text[], chr(44))')}") == []


# --- Mends ---


def test_what_stands_between_marks_is_made_by_python() -> None:
    seen: list[Any] = []

    def first(run: Any, told: Any) -> bytes:
        seen.append((run, told))
        return b'"one"'

    def second(_run: Any, told: Any) -> bytes:
        return orjson.dumps([told, "\x01"])

    mark = MARK.encode()
    answer = b'{"a":%s0:["x",null]%s,"b":[%s1:5%s,%s0:null%s]}'.replace(b"%s", mark)
    assert mended(answer, [first, second], "run") == b'{"a":"one","b":[[5,"\\u0001"],"one"]}'
    assert seen == [("run", ["x", None]), ("run", None)]


def test_an_answer_without_marks_stays_as_it_is() -> None:
    assert mended(b'{"a":"\\u0001"}', [], None) == b'{"a":"\\u0001"}'
    assert mended(b"", [], None) == b""


def test_more_mends_than_ten_are_told_apart() -> None:
    mends = [lambda _run, _told, number=number: b"%d" % number for number in range(12)]
    answer = b",".join(b"\x01%d:null\x01" % number for number in (11, 1, 0))
    assert mended(answer, mends, None) == b"11,1,0"
