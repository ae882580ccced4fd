"""Search: what holds every word of a query, in the values that the viewer sees."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy import ColumnElement, FromClause

from saas.engine.access.fields import sees
from saas.engine.access.filtering import where_seen
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
    branches = [
        sa.and_(table.c[GRAMS].contains(_grams(words)), _all_in(scope, one, table, one.searched, words))
        for words in words_of(text, argument)
    ]
    return sa.or_(*branches)


def search_rank(scope: Scope, one: ObjectType, table: FromClause, text: str) -> ColumnElement[int]:
    """How well a record that is found holds `text`: 0 its title begins with it, 1 holds it, 2 some other field does."""
    title = one.fields[one.record.facts.title]
    if not title.search:
        return sa.literal(2)
    ways = words_of(text, "text")
    begins = [_begins(title, table, " ".join(word.text for word in words)) for words in ways]
    return sa.case(
        (where_seen(sees(scope.profile, one, title, table), sa.or_(*begins)), 0),
        (sa.or_(*(_all_in(scope, one, table, [title], words) for words in ways)), 1),
        else_=2,
    )


def _grams(words: Sequence[Word]) -> list[str]:
    return sorted({gram for word in words for gram in word.grams})


def _all_in(
    scope: Scope, one: ObjectType, table: FromClause, fields: Sequence[Field], words: Sequence[Word]
) -> Condition:
    """Whether each word is in one of these fields, as far as the viewer sees them."""
    asked = [(each, sees(scope.profile, one, each, table)) for each in fields]
    return sa.and_(
        *(
            sa.or_(sa.false(), *(where_seen(seen_on, _holds(each, table, word)) for each, seen_on in asked))
            for word in words
        )
    )


def _holds(field: Field, table: FromClause, word: Word) -> Condition:
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


def _begins(field: Field, table: FromClause, text: str) -> Condition:
    ways = [table.c[field.folded or field.name].startswith(text, autoescape=True)]
    if field.sound:
        sound = table.c[field.sound]
        ways += [sound.startswith(text, autoescape=True), sound.contains(f" {text}", autoescape=True)]
    return sa.or_(*ways)
