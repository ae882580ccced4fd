"""Text is compared without case, width and accents, and names change their spelling without loss."""

import time
import unicodedata
from typing import Any

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


@given(st.text(alphabet=st.sampled_from("aéß你ﬁ\u0301\u0316\u0f73\uac00\u1100Ａ"), min_size=1, max_size=25))
def test_long_texts_are_folded_as_short_ones(given_text: str) -> None:
    short = f"x{given_text}x"
    assert text.fold(" ".join([short] * 400)) == " ".join([text.fold(short)] * 400)


@pytest.mark.parametrize("accents", ["\u0301\u0316", "\u0f73", "\u0344\u0316", "\u0316\ufb1d\u0301"])
@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKC", "NFKD"])
def test_a_text_of_very_many_accents_takes_no_time(form: Any, accents: str) -> None:
    long = f"e{accents * 100_000}é"
    start = time.monotonic()
    made = text.normal(form, long)
    text.fold(long)
    assert time.monotonic() - start < 5
    assert unicodedata.is_normalized(form, made)
    some = f"e{accents * 700}é"
    assert text.normal(form, some) == unicodedata.normalize(form, some)


@pytest.mark.parametrize(("name", "camel", "pascal"), [("close_on", "closeOn", "CloseOn"), ("name", "name", "Name")])
def test_names_as_graphql_spells_them(name: str, camel: str, pascal: str) -> None:
    assert text.camel(name) == camel
    assert text.pascal(name) == pascal
    assert text.snake(camel) == text.snake(pascal) == name
