"""Search: what holds every word of a query, in the values that the viewer sees."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, FromClause
from sqlalchemy.dialects.postgresql import ARRAY

from saas.engine.access.fields import sees
from saas.engine.access.filtering import where_seen
from saas.engine.access.rows import Condition
from saas.engine.asker import Asker
from saas.engine.field import Field, Kind
from saas.engine.later import bound, pinned, then
from saas.engine.read.operators import escaped
from saas.engine.registry import ObjectType
from saas.engine.text_search import Word, words_of
from saas.engine.twins import GRAMS
from saas.kit.names import HAN

_SIGN = "[^[:alnum:]]"
_NO_CHARACTER = f"[^[:alnum:]{HAN}]"


def search_condition(
    scope: Asker, one: ObjectType, table: FromClause, text: Any, argument: str = "search"
) -> Condition:
    """The records of `one` in `table` that hold every word of `text` in what the viewer sees of them.

    The grams find candidates through their index, whoever sees what they were made of; then the values decide.
    """
    return sa.or_(
        *(
            sa.and_(table.c[GRAMS].contains(way.grams), _all_in(scope, one, table, one.searched, way.words))
            for way in _ways(text, argument)
        )
    )


def search_rank(scope: Asker, one: ObjectType, table: FromClause, text: Any) -> ColumnElement[int]:
    """How well a record that is found holds `text`: 0 its title begins with it, 1 holds it, 2 some other field does."""
    title = one.fields[one.record.facts.title]
    if not title.search:
        return sa.literal(2)
    ways = _ways(text, "text")
    begins = [_begins(title, table, way.joined) for way in ways]
    return sa.case(
        (where_seen(sees(scope.profile, one, title, table), sa.or_(*begins)), 0),
        (sa.or_(*(_all_in(scope, one, table, [title], way.words) for way in ways)), 1),
        else_=2,
    )


def name_condition(table: FromClause, text: Any, argument: str = "search") -> Condition:
    """The rows of `table` whose name, kept folded beside its grams, holds every word of `text`."""
    name = table.c["name_folded"]
    return sa.or_(
        *(
            sa.and_(table.c[GRAMS].contains(way.grams), *(_is_in(name, word) for word in way.words))
            for way in _ways(text, argument)
        )
    )


def name_begins(table: FromClause, text: Any) -> Condition:
    """Whether the name begins with `text`."""
    return sa.or_(*(_is_like(table.c["name_folded"], way.joined, "{}%") for way in _ways(text, "text")))


@dataclass(frozen=True, slots=True)
class _Word:
    """A word, its text perhaps told later; what decides the form of the condition is known."""

    text: Any
    digits: Any
    is_whole: bool
    is_first: bool
    sounds: bool
    has_digits: bool


@dataclass(frozen=True, slots=True)
class _Way:
    """One way to understand the query: its words, how they stand together, and the grams of all."""

    words: list[_Word]
    joined: Any
    grams: Any


def _ways(text: Any, argument: str) -> list[_Way]:
    ways = then(text, lambda query: _words_of(query, argument))
    return [
        _Way(
            [_Word(_of(ways, i, j, _text), _of(ways, i, j, _digits), *form) for j, form in enumerate(forms)],
            then(ways, _joined(i)),
            bound(
                then(ways, _grams(i)),
                ARRAY(sa.Text()),
            ),
        )
        for i, forms in enumerate(pinned(ways, _forms))
    ]


def _joined(number: int) -> Callable[[list[list[Word]]], str]:
    return lambda ways: " ".join(word.text for word in ways[number])


def _grams(number: int) -> Callable[[list[list[Word]]], list[str]]:
    return lambda ways: sorted({gram for word in ways[number] for gram in word.grams})


_words_of = lru_cache(maxsize=256)(words_of)  # each parameter of a plan asks for them


def _forms(ways: list[list[Word]]) -> list[list[tuple[bool, ...]]]:
    return [[(word.is_whole, word.is_first, word.sounds, bool(word.digits)) for word in words] for words in ways]


def _of(ways: Any, i: int, j: int, look: Callable[[Word], Any]) -> Any:
    return then(ways, lambda ways: look(ways[i][j]))


def _text(word: Word) -> str:
    return word.text


def _digits(word: Word) -> str | None:
    return word.digits


def _all_in(
    scope: Asker, one: ObjectType, table: FromClause, fields: Sequence[Field], words: Sequence[_Word]
) -> Condition:
    """Whether each word is in one of these fields, as far as the viewer sees them."""
    asked = [(each, sees(scope.profile, one, each, table)) for each in fields]
    return sa.and_(
        *(
            sa.or_(sa.false(), *(where_seen(seen_on, _holds(each, table, word)) for each, seen_on in asked))
            for word in words
        )
    )


def _holds(field: Field, table: FromClause, word: _Word) -> Condition:
    value = table.c[field.folded or field.name]
    ways = [_is_in(value, word)]
    if field.sound and word.sounds:
        # Two letters may be initials; they stand behind the blank.
        ways.append(_is_like(table.c[field.sound], word.text, "% %{}%" if word.is_whole else "%{}%"))
    if field.kind is Kind.PHONE and word.has_digits:
        ways.append(_is_like(sa.func.regexp_replace(value, "[^0-9]", "", "g"), word.digits, "%{}%"))
    return sa.or_(*ways)


def _is_in(value: ColumnElement[Any], word: _Word) -> Condition:
    """Whether a folded text holds the word itself."""
    if word.is_whole:
        return _matches(value, word.text, f"(^|{_SIGN}){{}}({_SIGN}|$)")
    if word.is_first:
        return _matches(value, word.text, f"(^|{_NO_CHARACTER}){{}}")
    return _is_like(value, word.text, "%{}%")


def _begins(field: Field, table: FromClause, text: Any) -> Condition:
    ways = [_is_like(table.c[field.folded or field.name], text, "{}%")]
    if field.sound:
        ways += [_is_like(table.c[field.sound], text, pattern) for pattern in ("{}%", "% {}%")]
    return sa.or_(*ways)


def _matches(value: ColumnElement[Any], text: Any, pattern: str) -> Condition:
    """Whether the value matches; `text` holds letters, digits or one character, none of which means anything else."""
    return value.regexp_match(bound(then(text, pattern.format), sa.Text()))


def _is_like(value: ColumnElement[Any], text: Any, pattern: str) -> Condition:
    return value.like(bound(then(text, lambda text: pattern.format(escaped(text))), sa.Text()), escape="\\")
