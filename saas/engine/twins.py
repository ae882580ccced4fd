"""What is kept beside the texts of a record, so that they can be compared, ordered and searched."""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from functools import lru_cache
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import MappedColumn, mapped_column
from sqlalchemy.orm.attributes import flag_modified

from saas.engine.field import Field, Kind, Naming
from saas.engine.text_search import grams, grams_of_sound, grams_of_telephone
from saas.kit import names
from saas.kit.text import fold

GRAMS = "search_grams"


def columns_of(fields: Iterable[Field]) -> Iterator[tuple[str, MappedColumn[Any]]]:
    """The columns that an object with these fields has besides them, by name."""
    is_searched = False
    for field in fields:
        is_searched = is_searched or field.search
        for twin in field.twins:
            nullable = twin == field.sound or not field.required
            yield twin, mapped_column(sa.Text(collation="C"), nullable=nullable, sort_order=10)
    if is_searched:
        yield GRAMS, mapped_column(ARRAY(sa.Text(collation="C")), nullable=False, deferred=True, sort_order=11)


class Text(NamedTuple):
    """A text field with the columns made of it; read off its facts once, for every write asks."""

    name: str
    twins: tuple[str, ...]
    folded: str | None
    sort_key: str | None
    sound: str | None
    is_person: bool
    is_searched: bool
    is_telephone: bool


def texts_of(fields: Iterable[Field]) -> tuple[Text, ...]:
    """The fields that something is kept beside of."""
    return tuple(
        Text(
            field.name,
            field.twins,
            field.folded,
            field.sort_key,
            field.sound,
            field.naming is Naming.PERSON,
            field.search,
            field.search and field.kind is Kind.PHONE,
        )
        for field in fields
        if field.twins
    )


def made_of(texts: Sequence[Text], values: Mapping[str, str | None]) -> dict[str, Any]:
    """What is kept beside these texts, by column; `values` are those of the record."""
    return dict.fromkeys(column for text in texts for column in text.twins) | made_of_given(texts, values)


def made_of_given(texts: Sequence[Text], values: Mapping[str, str | None]) -> dict[str, Any]:
    """The same without the columns of texts that are not there."""
    made: dict[str, Any] = {}
    found: set[str] = set()
    given = [(text, value) for text in texts if (value := values.get(text.name)) is not None]
    for (_, _, folded, sort_key, sound, is_person, is_found, is_telephone), value in given:
        if folded:
            made[folded] = fold(value)
        if sort_key:
            made[sort_key] = names.sort_key(value, person=is_person)
        if sound:
            made[sound] = names.sound(value, person=is_person)
        if is_found:
            found |= _grams(value, made[sound] if sound else None, is_telephone)
    if found or any(text.is_searched for text in texts):
        made[GRAMS] = sorted(found)
    return made


@lru_cache(maxsize=1024)  # every company begins with the same names
def _grams(value: str, sound: str | None, is_telephone: bool) -> Set[str]:
    found = grams(value)
    if sound:
        found |= grams_of_sound(sound)
    if is_telephone:
        found |= grams_of_telephone(value)
    return found


def bring_in_line(record: Any, texts: Sequence[Text]) -> None:
    """Make what is kept beside the texts that were set what the record says, or that a revision left empty."""
    were = sa.inspect(record).committed_state
    touched = [text for text in texts if text.name in were or _is_missing(record, text)]
    if not touched:
        return
    is_searched = any(text.is_searched for text in touched)
    made = made_of(texts if is_searched else touched, {text.name: getattr(record, text.name) for text in texts})
    if is_searched:
        setattr(record, GRAMS, made.pop(GRAMS))
        flag_modified(record, GRAMS)  # equal ones too, so that one statement writes a batch
    for column, value in made.items():
        if getattr(record, column) != value:
            setattr(record, column, value)


def _is_missing(record: Any, text: Text) -> bool:
    return bool(text.sort_key and getattr(record, text.name) and not getattr(record, text.sort_key))
