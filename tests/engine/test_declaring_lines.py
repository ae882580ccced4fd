"""Mistakes in lines and derived fields stop the program at its start, each with its place and the remedy."""

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from saas.engine import field
from saas.engine.actions import action
from saas.engine.derived import derive
from saas.engine.field import Derived, OnDelete
from saas.engine.lines import mistakes_in_lines
from saas.engine.record import Record
from saas.engine.registry import ObjectType, check_one
from saas.engine.rules import rule
from saas.engine.scope import Scope
from saas.kit.errors import BadConfig
from saas.modules.catalog.product import Product
from tests.engine.synthetic import synthetic

Records = list[type[Record]]


def _document(name: str, **columns: Any) -> type[Record]:
    return synthetic(name, metadata=sa.MetaData(), **columns)


def _line(name: str, document: type[Record], line_of: str = "document_id", **columns: Any) -> type[Record]:
    facts = {"title": "", "order": (), "line_of": line_of, **columns.pop("facts", {})}
    reference = field.ref(document, "Document", "单据", required=True)
    return synthetic(name, facts=facts, document_id=reference, **columns)


def of_no_reference() -> Records:
    document = _document("sheet")
    return [document, _line("row_of_nothing", document, line_of="name")]


def of_a_line() -> Records:
    document = _document("sheet_a")
    line = _line("row_a", document)
    return [document, line, _line("row_of_row", line)]


def with_a_scope_of_its_own() -> Records:
    document = _document("sheet_b")
    return [document, _line("row_b", document, facts={"keys": ("name",)})]


def with_an_action() -> Records:
    document = _document("sheet_c")
    line = _line("row_c", document)

    def row_c_go(_scope: Scope, _record: Any) -> None:
        """Go."""

    row_c_go.__annotations__["_record"] = line
    action(line, "Go", "走", done="gone")(row_c_go)
    return [document, line]


def with_a_reference_that_clears() -> Records:
    document = _document("sheet_d")
    product = field.ref(Product, "Product", "产品", on_delete=OnDelete.CLEAR)
    return [document, _line("row_d", document, product_id=product)]


def of_two_kinds() -> Records:
    document = _document("sheet_e")
    return [document, _line("row_e", document), _line("other_e", document)]


def beside_a_field_of_that_name() -> Records:
    document = _document("sheet_f", lines=field.integer("Lines", "行数"))
    return [document, _line("row_f", document)]


def derived_by_nothing() -> Records:
    return [_document("sheet_g", total=field.money("Total", "合计", derived=Derived.ALWAYS))]


def derived_and_required() -> Records:
    document = _document("sheet_h", total=field.quantity("Total", "合计", required=True, derived=Derived.ALWAYS))
    derive(document)(_adds_up)
    return [document]


def derived_from_no_lines() -> Records:
    document = _document("sheet_i", total=field.money("Total", "合计", derived=Derived.WITH_LINES))
    derive(document)(_adds_up)
    return [document]


def with_a_computation_of_its_own() -> Records:
    document = _document("sheet_j")
    line = _line("row_j", document)
    derive(line)(_adds_up)
    return [document, line]


def with_a_rule_that_looks_at_none() -> Records:
    document = _document("sheet_k")

    @rule(document)
    def sheet_k_has_rows(_record: Any, _lines: Any) -> None:
        """It has rows."""

    return [document]


def _adds_up(_record: Any, _lines: Any) -> None:
    """Adds up."""


@pytest.mark.parametrize(
    ("declare", "place", "what", "remedy"),
    [
        (of_no_reference, 1, "is a line of 'name', which is no reference of it", "Name the reference to its document."),
        (of_a_line, 2, "is a line of RowA, which is a line itself", "Lines have no lines: flatten them."),
        (with_a_scope_of_its_own, 1, "has an owner, a department, keys or a number", "Leave them out: all these are"),
        (with_an_action, 1, "has a state or actions", "Give them to the document, or make it an object of its own."),
        (with_a_reference_that_clears, 1, "lets 'product_id' be changed when that is deleted", "Leave on_delete out"),
        (of_two_kinds, 2, "is a second kind of lines of SheetE, beside RowE", "Keep one; make the other an object"),
        (beside_a_field_of_that_name, 0, "has a field 'lines' beside its lines", "Give the field another name."),
        (
            derived_by_nothing,
            0,
            "has 'total' derived, which nothing computes",
            "Write a function with @derive(SheetG).",
        ),
        (derived_and_required, 0, "has 'total' derived and required", "Leave required out: it is computed."),
        (derived_from_no_lines, 0, "has 'total' derived from lines, but no lines", "Take Derived.ALWAYS."),
        (
            with_a_rule_that_looks_at_none,
            0,
            "has a rule that looks at lines, but no lines",
            "Take the second input away",
        ),
        (with_a_computation_of_its_own, 1, "has a @derive of its own", "Declare it for the document: @derive(SheetJ)."),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_mistake_is_told_with_place_and_remedy(
    declare: Callable[[], Records], place: int, what: str, remedy: str
) -> None:
    records = declare()
    ((where, told, help_),) = mistakes_in_lines(records)
    assert (where, told) == (records[place], what)
    assert remedy in help_


def test_a_computation_says_what_it_computes() -> None:
    with pytest.raises(BadConfig, match="has no docstring"):
        derive(Product)(lambda _product, _lines: None)


def test_lines_without_a_mistake_are_let_pass() -> None:
    document = _document("invoice_like", total=field.money("Total", "合计", derived=Derived.WITH_LINES))
    line = _line("invoice_like_line", document, count_of=field.integer("Count", "数量"))
    derive(document)(_adds_up)
    assert list(mistakes_in_lines([document, line])) == []


NO_CURRENCY = "has no field 'currency' for its currency"


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        ({}, NO_CURRENCY),
        ({"currency": field.text("Currency", "币种")}, NO_CURRENCY),
        ({"currency": field.currency("Currency", "币种", required=True)}, NO_CURRENCY),
        ({"currency": field.currency("Currency", "币种")}, ""),
    ],
    ids=["none", "a text", "one that is required", "one of its own"],
)
def test_the_currency_of_a_document_is_a_field_of_its_own(columns: dict[str, Any], told: str) -> None:
    one = ObjectType(_document(f"paper_{len(told)}_{len(columns)}", facts={"currency": "currency"}, **columns))
    if not told:
        check_one(one)
        return
    with pytest.raises(BadConfig, match=told):
        check_one(one)


def test_a_line_has_the_currency_of_its_document() -> None:
    document = _document("sheet_l")
    line = _line("row_l", document, facts={"currency": "currency"}, currency=field.currency("Currency", "币种"))
    with pytest.raises(BadConfig, match="is a line with a currency"):
        check_one(ObjectType(line))
