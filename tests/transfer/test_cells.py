"""The text of a cell as the value of its field."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from saas.engine.field import Field, Kind, Label
from saas.engine.transfer.cells import Manner, NoValue, read_into, value_of
from saas.engine.transfer.mapping import Source
from saas.engine.transfer.plan import FieldPlan
from saas.modules.sales.opportunity import OpportunityStage


def read(kind: Kind, text: str, decimal: str = ".", choices: Any = None, **source: Any) -> Any:
    field = Field(kind=kind, label=Label("Field", "字段"), name="field", choices=choices)
    plan = FieldPlan(field, Source(column="c", **source), (0,), {})
    return value_of(plan, text, Manner(decimal, "Asia/Shanghai", "CNY"))


@pytest.mark.parametrize(
    ("text", "decimal", "value"),
    [
        ("1100.04", ".", "1100.04"),
        ("1,234,567.5", ".", "1234567.5"),
        ("1.234.567,5", ",", "1234567.5"),
        ("1 234,5", ",", "1234.5"),
        ("-5", ".", "-5"),
        ("¥ 12", ".", "12"),
        ("１２．５", ".", "12.5"),
        (".5", ".", "0.5"),
    ],
)
def test_numbers_are_read_with_groups_signs_and_full_width_digits(text: str, decimal: str, value: str) -> None:
    assert read(Kind.MONEY, text, decimal) == Decimal(value)


@pytest.mark.parametrize(
    ("text", "amount", "currency"),
    [
        ("1200", "1200", "CNY"),
        ("1,200.50 EUR", "1200.5", "EUR"),
        ("usd 7", "7", "USD"),
        ("１２ＥＵＲ", "12", "EUR"),
        ("¥ 12", "12", "CNY"),
    ],
)
def test_an_amount_may_carry_its_currency(text: str, amount: str, currency: str) -> None:
    field = Field(kind=Kind.MONEY, label=Label("Field", "字段"), name="limit")
    found: dict[str, Any] = {}
    read_into(found, FieldPlan(field, Source(column="c"), (0,), {}), text, Manner(".", "Asia/Shanghai", "CNY"))
    assert found == {"limit": Decimal(amount), "limit_currency": currency}


@pytest.mark.parametrize("text", ["EUR 12 USD", "EURO 12", "EUR"])
def test_an_amount_has_one_currency_of_three_letters(text: str) -> None:
    field = Field(kind=Kind.MONEY, label=Label("Field", "字段"), name="limit")
    with pytest.raises(NoValue):
        read_into({}, FieldPlan(field, Source(column="c"), (0,), {}), text, Manner(".", "Asia/Shanghai", "CNY"))


@pytest.mark.parametrize("text", ["1,5", "12,34,5", "1e9", "NaN", "inf", "-", ".", "12 apples", "--5", "1.2.3"])
def test_what_only_looks_like_a_number_is_refused(text: str) -> None:
    with pytest.raises(NoValue, match=r"is no number \(the decimal separator is “\.”\)"):
        read(Kind.MONEY, text)


def test_numbers_can_be_multiplied_and_rounded() -> None:
    assert read(Kind.UNIT_PRICE, "21.3500004", round=2) == Decimal("21.35")
    assert read(Kind.MONEY, "1100.04", times=1_000_000) == Decimal("1100040000.00")


def test_a_number_that_cannot_be_rounded_is_out_of_range() -> None:
    with pytest.raises(NoValue, match="is out of range"):
        read(Kind.MONEY, "9" * 30, round=6)


def test_a_percentage_may_carry_its_sign() -> None:
    assert read(Kind.PERCENT, "12.5 %") == Decimal("12.5")


def test_whole_numbers() -> None:
    assert read(Kind.INTEGER, "1,996.0") == 1996
    with pytest.raises(NoValue, match=r"“1\.5” is no whole number"):
        read(Kind.INTEGER, "1.5")


@pytest.mark.parametrize("text", ["2016-10-20", "2016/10/20", "2016.10.20", "2016年10月20日"])
def test_dates_begin_with_the_year(text: str) -> None:
    assert read(Kind.DATE, text) == date(2016, 10, 20)


def test_dates_may_have_a_form_of_their_own() -> None:
    assert read(Kind.DATE, "20.10.2016", date_format="%d.%m.%Y") == date(2016, 10, 20)
    with pytest.raises(NoValue, match=r"“2016-10-20” is no date of the form %d\.%m\.%Y"):
        read(Kind.DATE, "2016-10-20", date_format="%d.%m.%Y")


@pytest.mark.parametrize("text", ["20.10.2016", "10/20/2016", "2016-02-30", "2016-13-01", "soon", "20161020"])
def test_what_may_be_another_date_is_refused(text: str) -> None:
    with pytest.raises(NoValue, match="is no date of the form YYYY-MM-DD"):
        read(Kind.DATE, text)


def test_a_moment_without_a_zone_is_on_the_tenants_clock() -> None:
    assert read(Kind.MOMENT, "2026-11-21 08:00") == datetime(2026, 11, 21, tzinfo=UTC)
    assert read(Kind.MOMENT, "2026-11-21T08:00:00Z") == datetime(2026, 11, 21, 8, tzinfo=UTC)


@pytest.mark.parametrize(("text", "value"), [("1", True), ("Yes", True), ("是", True), ("0", False), ("否", False)])
def test_yes_and_no(text: str, value: bool) -> None:
    assert read(Kind.BOOLEAN, text) is value


def test_neither_yes_nor_no_is_refused() -> None:
    with pytest.raises(NoValue, match="“maybe” is neither yes nor no"):
        read(Kind.BOOLEAN, "maybe")


def test_what_lies_beyond_all_clocks_and_numbers_is_refused() -> None:
    with pytest.raises(NoValue, match="is no moment"):
        read(Kind.MOMENT, "0001-01-01T00:00:00+08:00")
    with pytest.raises(NoValue, match="is out of range"):
        read(Kind.INTEGER, "2147483648")
    assert read(Kind.INTEGER, "-2147483648") == -(2**31)


def test_a_choice_is_known_by_name_or_value_in_any_case() -> None:
    assert read(Kind.CHOICE, "Won", choices=OpportunityStage) is OpportunityStage.WON
    with pytest.raises(NoValue, match="“Sold” is none of PROSPECTING, ENGAGING, WON, LOST"):
        read(Kind.CHOICE, "Sold", choices=OpportunityStage)


def test_backslash_n_is_a_line_break_where_the_mapping_says_so() -> None:
    assert read(Kind.LONG_TEXT, "a\\nb", line_breaks=True) == "a\nb"
    assert read(Kind.LONG_TEXT, "a\\nb") == "a\\nb"
