"""Whoever looks for a part of a text gets it as a candidate: grams lose nothing."""

from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from saas.engine.text_search import (
    MAX_QUERY,
    MAX_WORDS,
    digits_of,
    grams,
    grams_of_sound,
    grams_of_telephone,
    words_of,
)
from saas.kit.errors import BadInput
from saas.kit.names import sound

HAN = st.text(st.sampled_from("上海远景科技有限公司北京东长行重庆曾〇㐀𠮷"), min_size=1, max_size=12)
LATIN = st.text(st.sampled_from("abcxyzABC019éÜßＡｂ"), min_size=1, max_size=10)
SIGNS = st.sampled_from([" ", "-", "&", "、", "（", ". ", "@", "'"])
TEXTS = st.lists(st.one_of(HAN, LATIN, SIGNS), min_size=1, max_size=8).map("".join)


def wanted(query: str) -> set[str]:
    """The grams of all words of the only way to understand a query."""
    (words,) = words_of(query, "search")
    return set().union(*(word.grams for word in words))


@given(TEXTS, HAN, TEXTS, st.data())
def test_two_chinese_characters_are_found_anywhere(before: str, run: str, after: str, data: Any) -> None:
    assume(len(run) >= 2)
    start = data.draw(st.integers(0, len(run) - 2))
    end = data.draw(st.integers(start + 2, len(run)))
    assert wanted(run[start:end]) <= grams(before + run + after)


@given(TEXTS, LATIN, TEXTS, st.data())
def test_three_letters_are_found_anywhere(before: str, run: str, after: str, data: Any) -> None:
    assume(len(run) >= 3)
    start = data.draw(st.integers(0, len(run) - 3))
    end = data.draw(st.integers(start + 3, len(run)))
    for written in (run[start:end], run[start:end].upper(), run[start:end].lower()):
        assert wanted(written) <= grams(before + run + after)


@given(TEXTS, st.text("abz019éＡ", min_size=2, max_size=2), TEXTS, st.sampled_from([" ", ", ", "(", "京"]))
def test_a_short_word_is_found_where_it_stands_alone(before: str, word: str, after: str, sign: str) -> None:
    assert wanted(word) <= grams(f"{before}{sign}{word}{sign}{after}")


@given(TEXTS)
def test_every_text_is_found_by_itself(text: str) -> None:
    try:
        found = wanted(text)
    except (BadInput, ValueError):  # too short, too many words, or a telephone number
        return
    assert found <= grams(text)


@given(st.text(st.sampled_from("上海远景科技有限公司北京东长行重庆曾〇"), min_size=1, max_size=12))
def test_a_name_is_found_by_its_sound_and_its_initials(name: str) -> None:
    how = sound(name)
    assert how is not None
    full, initials = how.split(" ")
    kept = grams(name) | grams_of_sound(how)
    if len(initials) >= 2:
        assert wanted(full) <= kept
        assert wanted(initials) <= kept
        assert wanted(initials[:2]) <= kept
        assert wanted(full[:3]) <= kept


@given(st.lists(st.text("0123456789", min_size=1, max_size=4), min_size=1, max_size=5), st.data())
def test_a_telephone_number_is_found_however_it_is_grouped(groups: list[str], data: Any) -> None:
    number = "".join(groups)
    assume(len(number) >= 3)
    start = data.draw(st.integers(0, len(number) - 3))
    end = data.draw(st.integers(start + 3, len(number)))
    query = data.draw(st.sampled_from([number[start:end], " ".join(number[start:end]), f"+{number[start:end]}"]))
    if len(query) > MAX_QUERY or len(query.split()) > MAX_WORDS:
        return
    kept = grams(" (".join(groups)) | grams_of_telephone(" (".join(groups))
    ways = words_of(query, "search")
    assert any(set().union(*(word.grams for word in way)) <= kept for way in ways)


def test_what_the_grams_are() -> None:
    assert grams("Café 京东-B2") == {"caf", "afe", "京", "京东", "b2"}
    assert grams("T恤 ガス") == {"t", "t恤", "カ", "カス"}
    assert grams("a bc def ghij") == {"a", "bc", "def", "ghi", "hij"}
    assert grams_of_sound("beijing bj") == {"bei", "eij", "iji", "jin", "ing", "bj"}
    assert grams_of_telephone("+49 (30) 12") == {"493", "930", "301", "012"}
    assert digits_of("+49 (30) 12") == "493012"


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("（京东）", [["京东"]]),
        ("Bright  BRIGHT bikes", [["bright", "bikes"]]),
        ("h&m", [["h&m"]]),
        ("plan b", [["plan", "b"]]),
        ("+49 (30) 12", [["49", "30", "12"], ["493012"]]),
        ("030-12", [["030-12"]]),
        ("王", [["王"]]),
    ],
)
def test_what_the_words_are(query: str, words: list[list[str]]) -> None:
    assert [[word.text for word in way] for way in words_of(query, "search")] == words


@pytest.mark.parametrize("query", ["", " ", "a", "7", "é", "-", "(a)", "a b", "***"])
def test_what_is_too_short_is_refused(query: str) -> None:
    with pytest.raises(BadInput, match="text is too short to search for") as refused:
        words_of(query, "text")
    assert refused.value.path == ("text",)
    assert refused.value.remedy


def test_what_is_too_long_is_refused() -> None:
    assert words_of("x" * MAX_QUERY, "search")
    with pytest.raises(BadInput, match="more than 100 characters"):
        words_of("x" * (MAX_QUERY + 1), "search")
    assert words_of(" ".join(f"w{n}" for n in range(10)), "search")
    with pytest.raises(BadInput, match="more than 10 words"):
        words_of(" ".join(f"w{n}" for n in range(11)), "search")
