"""What is kept beside the texts of a record, so that they can be compared, ordered and searched."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

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


def bring_in_line(record: Any, texts: Sequence[Field]) -> None:
    """Make the twins of these texts what the record says."""
    found: set[str] = set()
    values = record.__dict__  # a tenth of the time that asking the attributes takes
    for field in texts:
        value: str | None = values[field.name] if field.name in values else getattr(record, field.name)
        made = _made_of(field, value)
        for twin, text in made.items():
            if twin not in values or values[twin] != text:
                setattr(record, twin, text)
        if field.search and value is not None:
            found |= grams(value) | grams_of_sound(made.get(field.sound or "") or "")
            if field.kind is Kind.PHONE:
                found |= grams_of_telephone(value)
    if any(field.search for field in texts):
        setattr(record, GRAMS, sorted(found))
        flag_modified(record, GRAMS)  # equal ones too, so that one statement writes a batch


def is_in_line(record: Any, texts: Sequence[Field]) -> bool:
    """Whether the twins of a record that was read need no change: no text has, and no revision left them empty."""
    state = sa.inspect(record)
    changed = any(state.attrs[field.name].history.has_changes() for field in texts)
    named = [field for field in texts if field.sort_key]
    missing = any(getattr(record, field.name) and not getattr(record, field.ordered_by) for field in named)
    return not (changed or missing)


def _made_of(field: Field, value: str | None) -> dict[str, str | None]:
    if value is None:
        return dict.fromkeys(field.twins)
    person = field.naming is Naming.PERSON
    made: dict[str, str | None] = {}
    if field.folded:
        made[field.folded] = fold(value)
    if field.sort_key:
        made[field.sort_key] = names.sort_key(value, person=person)
    if field.sound:
        made[field.sound] = names.sound(value, person=person)
    return made
