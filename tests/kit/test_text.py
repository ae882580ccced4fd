"""Text is compared without case, width and accents, and names change their spelling without loss."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saas.kit import text


@pytest.mark.parametrize(
    ("given_text", "folded"),
    [
        ("Café", "cafe"),
        ("ＣＡＦＥ", "cafe"),
        ("STRASSE", "strasse"),
        ("Straße", "strasse"),
        ("上海　远景", "上海 远景"),
        ("  many   blanks ", "many blanks"),
        ("", ""),
    ],
)
def test_fold(given_text: str, folded: str) -> None:
    assert text.fold(given_text) == folded


@given(st.text())
def test_folding_twice_is_folding_once(given_text: str) -> None:
    assert text.fold(text.fold(given_text)) == text.fold(given_text)


@pytest.mark.parametrize(("name", "camel", "pascal"), [("close_on", "closeOn", "CloseOn"), ("name", "name", "Name")])
def test_names_as_graphql_spells_them(name: str, camel: str, pascal: str) -> None:
    assert text.camel(name) == camel
    assert text.pascal(name) == pascal
    assert text.snake(camel) == text.snake(pascal) == name
