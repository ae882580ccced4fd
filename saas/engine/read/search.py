"""Search: what holds every word of a query, in the values that the viewer sees."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy import ColumnElement, FromClause

from saas.engine.access.fields import seen
from saas.engine.access.rows import Condition
from saas.engine.field import Field, Kind
from saas.engine.registry import ObjectType
from saas.engine.scope import Scope
from saas.engine.text_search import Word, words_of
from saas.engine.twins import GRAMS
from saas.kit.names import HAN

_SIGN = "[^[:alnum:]]"
_NO_CHARACTER = f"[^[:alnum:]{HAN}]"


def search_condition(
    scope: Scope, one: ObjectType, table: FromClause, text: str, argument: str = "search"
) -> Condition:
    """The records of `one` in `table` that hold every word of `text` in what the viewer sees of them.

    The grams find candidates through their index, whoever sees what they were made of; then the values decide.
    """
    return sa.or_(*(_all_found(scope, one, table, words) for words in words_of(text, argument)))


def _all_found(scope: Scope, one: ObjectType, table: FromClause, words: Sequence[Word]) -> Condition:
    wanted = sorted(frozenset().union(*(word.grams for word in words)))
    found = (found_in(scope, one, table, one.searched, word) for word in words)
    return sa.and_(table.c[GRAMS].contains(wanted), *found)


def found_in(
    scope: Scope, one: ObjectType, table: FromClause, fields: Sequence[Field], word: Word
) -> ColumnElement[bool]:
    """Whether one of these fields holds the word, as far as the viewer sees it."""
    return sa.or_(sa.false(), *(seen(scope.profile, one, field, table, _holds(field, table, word)) for field in fields))


def _holds(field: Field, table: FromClause, word: Word) -> ColumnElement[bool]:
    value = table.c[field.folded or field.name]
    if word.is_whole:
        ways = [value.regexp_match(f"(^|{_SIGN}){word.text}({_SIGN}|$)")]
    elif word.is_first:
        ways = [value.regexp_match(f"(^|{_NO_CHARACTER}){word.text}")]
    else:
        ways = [value.contains(word.text, autoescape=True)]
    if field.sound and word.sounds:
        sound = table.c[field.sound]
        # Two letters may be initials; they stand behind the blank.
        ways.append(sound.contains(f" %{word.text}") if word.is_whole else sound.contains(word.text))
    if field.kind is Kind.PHONE and word.digits:
        ways.append(sa.func.regexp_replace(value, "[^0-9]", "", "g").contains(word.digits))
    return sa.or_(*ways)
