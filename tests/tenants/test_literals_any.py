"""Any value at all in the text of a statement is read as psycopg's parameter is, and ends no text early."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum, IntEnum
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from saas.tenants.cells import as_owner
from saas.tenants.literals import literal, plain
from saas.tenants.waiting import Driver, waiting_on
from tests.tenants.place import Place

OFTEN = settings(max_examples=300, deadline=None, suppress_health_check=[*HealthCheck])
SIGNS = (
    "'\"\\%{},;:$-/*()\n\r\t\x0b\x0c\x1a\x7f\x85 \u00a0\u02bc\u2018\u2019\u2028\u2029\uff07\ufe68\ufeffÁ表ソé\u0301😀"
)
LETTER = st.sampled_from(SIGNS) | st.sampled_from("eExXuU&nNULL01") | st.characters(exclude_characters="\0")
TEXT = st.text(LETTER.filter(lambda letter: not "\ud800" <= letter <= "\udfff"))
HARD = [
    "\\",
    "\\'",
    "'",
    "''",
    "\\\\'",
    "E'",
    "U&'\\0027'",
    "$$",
    "--",
    "/*",
    "*/",
    "%s",
    "%(text)s",
    "%%",
    ":x",
    "NULL",
]
ZONE = st.timedeltas(timedelta(hours=-23, minutes=-59), timedelta(hours=23, minutes=59)).map(
    lambda each: timezone(timedelta(seconds=round(each.total_seconds() / 1800) * 900))
)
EXTREME = [Decimal(each) for each in ("NaN", "Infinity", "-Infinity", "1E+400", "-1E-400", "-0", "0E+5", "1E+131071")]
# Psycopg itself cannot read moments that are in another year than its years are, where the session has another zone.
MOMENT = st.tuples(st.dates(date(1, 1, 3), date(9999, 12, 29)), st.times(timezones=ZONE)).map(
    lambda each: datetime.combine(*each)
)
NUMBER = st.decimals(-(10**16), 10**16) | st.decimals(-(10**16), 10**16, places=6) | st.sampled_from(EXTREME)
KINDS = {
    "text": TEXT | st.sampled_from(HARD),
    "bigint": st.integers(-(2**63), 2**63 - 1),
    "numeric": NUMBER,
    "boolean": st.booleans(),
    "uuid": st.uuids(),
    "date": st.dates(),
    "timestamptz": MOMENT,
    "timestamp": st.datetimes(),
    "interval": st.timedeltas(timedelta(days=-(10**5)), timedelta(days=10**5)),
    "float8": st.floats().filter(lambda each: str(each) != "-0.0"),  # of which psycopg's literals lose the sign
    "bytea": st.binary(),
}


@pytest.fixture
def driver(place: Place) -> Iterator[Driver]:
    del place
    with as_owner("main") as connection:
        yield waiting_on(connection)


def read(driver: Driver, kind: str, value: Any) -> list[str | None]:
    """The text that Postgres has of it: as a parameter, as a value of `send`, as a literal, as that of a column."""
    asked = f"SELECT (%(value)s)::{kind}::text"
    ((expected,),) = driver.execute(asked, {"value": value}).fetchall()
    ((sent,),) = driver.send(asked, {"value": value})
    ((written, bare, after),) = driver.send(
        f"SELECT ({literal(value)})::{kind}::text, ({plain(value)})::{kind}::text, 'after'"
    )
    assert after == "after"
    return [expected, sent, written, bare]


@pytest.mark.parametrize("kind", KINDS)
def test_any_value_is_read_as_a_parameter_is(kind: str, driver: Driver) -> None:
    @OFTEN
    @given(value=st.none() | KINDS[kind])
    def check(value: Any) -> None:
        told = read(driver, kind, value)
        assert told == told[:1] * 4

    check()


@pytest.mark.parametrize("kind", ["text", "uuid", "bigint", "numeric", "boolean", "date"])
def test_any_list_is_read_as_a_parameter_is(kind: str, driver: Driver) -> None:
    @OFTEN
    @given(values=st.lists(st.none() | KINDS[kind], max_size=4))
    @example(values=[])
    @example(values=[None])
    def check(values: list[Any]) -> None:
        told = read(driver, f"{kind}[]", values)
        assert told == told[:1] * 4

    check()


@OFTEN
@given(values=st.lists(TEXT | st.sampled_from(HARD), min_size=1, max_size=5))
def test_any_text_stays_one_value(values: list[str], driver: Driver) -> None:
    """What is asked is what was meant: as many values as were given, each of them whole."""
    names = [f"v{number}" for number in range(len(values))]
    asked = "SELECT " + ", ".join(f"%({name})s::text" for name in names)
    assert driver.send(asked, dict(zip(names, values, strict=True))) == [tuple(values)]
    assert driver.send("SELECT " + ", ".join(map(plain, values))) == [tuple(values)]
    assert driver.send("SELECT %(all)s::text[]", {"all": values}) == [(values,)]
    # Beside one another without a blank, as strings that go on behind a line's end would be.
    assert driver.send("SELECT array_to_json(ARRAY[" + ",\n".join(map(literal, values)) + "])")[0][0] == values


class Sly(str):
    """A text that tells something else of itself."""

    __slots__ = ()

    def __str__(self) -> str:
        return "'; SELECT 'gone"

    __repr__ = __str__

    def __format__(self, _spec: str) -> str:
        return str(self)


class SlyNumber(int):
    def __str__(self) -> str:
        return "1); SELECT (2"

    __repr__ = __str__


class SlyId(UUID):
    def __str__(self) -> str:
        return "'; SELECT 'gone"


class Level(IntEnum):
    HIGH = 5


class Mixed(str, Enum):  # noqa: UP042  # of which str() is the name, unlike of a StrEnum
    HERE = "it's here"


SLY: dict[str, tuple[Any, str]] = {
    "text": (Sly("it's"), "text"),
    "texts": ([Sly("it's"), "b"], "text[]"),
    "number": (SlyNumber(5), "bigint"),
    "numbers": ([SlyNumber(5)], "bigint[]"),
    "id": (SlyId(int=5), "uuid"),
    "ids": ([SlyId(int=5)], "uuid[]"),
    "word": (Mixed.HERE, "text"),
    "words": ([Mixed.HERE], "text[]"),
    "level": (Level.HIGH, "bigint"),
    "texts in texts": ([["a'", None], ["c", "NULL"]], "text[]"),
    "moments": ([datetime(2024, 2, 29, 12, tzinfo=UTC)], "timestamptz[]"),
    "a zone of seconds": (datetime(2024, 2, 29, tzinfo=timezone(timedelta(hours=5, seconds=15))), "timestamptz"),
}


@pytest.mark.parametrize(("value", "kind"), SLY.values(), ids=SLY)
def test_what_only_looks_plain_is_told_by_psycopg(value: Any, kind: str, driver: Driver) -> None:
    told = read(driver, kind, value)
    assert told == told[:1] * 4


def test_a_long_text_is_whole(driver: Driver) -> None:
    long = "'\\\"客😀" * 500_000
    assert driver.send("SELECT %(long)s::text", {"long": long}) == [(long,)]


@pytest.mark.parametrize("value", ["it's \\", "\\"])
def test_texts_do_not_depend_on_how_strings_are_read(value: str, driver: Driver) -> None:
    driver.send("SET LOCAL standard_conforming_strings TO off; SET LOCAL escape_string_warning TO off")
    try:
        assert driver.send("SELECT %(value)s::text", {"value": value}) == [(value,)]
        assert driver.send(f"SELECT ({plain([value])})::text[]") == [([value],)]
    finally:
        driver.send("SET LOCAL standard_conforming_strings TO on")
