"""What records are grouped by: fields, also behind references, as they are or in buckets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement

from saas.engine.access.fields import seen, visible
from saas.engine.field import Field, Kind
from saas.engine.later import pinned
from saas.engine.read.buckets import DateBucket, date_bucket, number_bucket
from saas.engine.read.figures import FUNCTIONS
from saas.engine.read.joined import Joined
from saas.engine.read.value import comparable, field_by_api, ordering, part_by_api
from saas.engine.registry import ObjectType
from saas.kit.errors import BadInput

MAX_KEYS = 4
MAX_REFERENCES = 5  # to one key; each is a join
GROUPED_KINDS = frozenset({*FUNCTIONS, Kind.BOOLEAN, Kind.ADDRESS})


class Whole(StrEnum):
    """By the value as it is."""

    VALUE = "value"


Bucket = Whole | DateBucket | Decimal


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a grouping: the way to it as the API names it, the references on it, and the field at its end.

    Without a field it is the record itself.
    """

    api: tuple[str, ...]
    references: tuple[Field, ...]
    field: Field | None
    bucket: Bucket

    @property
    def name(self) -> str:
        """For the signature of a cursor."""
        return f"{'.'.join(self.api)} {self.bucket}"


def keys_of(one: ObjectType, by: Sequence[Mapping[str, Any]]) -> list[Key]:
    """The keys that `by` names; BadInput where there is none, one too many, or one twice."""
    if not 1 <= len(by) <= MAX_KEYS:
        raise BadInput(f"Group by one to {MAX_KEYS} keys, not {len(by)}.", path=("by",))
    keys: list[Key] = []
    for given in by:
        key = _key(one, given, (), ())
        if any(other.api == key.api for other in keys):
            raise BadInput(f"The groups are by {'.'.join(key.api)} twice.", path=("by",))
        keys.append(key)
    return keys


def _key(one: ObjectType, given: Mapping[str, Any], api: tuple[str, ...], references: tuple[Field, ...]) -> Key:
    ((name, how),) = given.items()
    api = (*api, name)
    if name == "id":
        return Key(api, references, None, how)
    field = field_by_api(one, name)
    if field.kind is Kind.REFERENCE:
        if len(references) == MAX_REFERENCES:
            raise BadInput(f"A key of groups lies behind at most {MAX_REFERENCES} references.", path=("by", *api))
        return _key(one.target_of(field), how, api, (*references, field))
    if field.parts:
        ((name, how),) = how.items()
        return Key((*api, name), references, part_by_api(one, field, name), how)
    if isinstance(how, Mapping):
        how = pinned(how["step"])
        if how <= 0:
            raise BadInput(f"The step of {'.'.join(api)} must be more than 0.", path=("by", *api, "step"))
    return Key(api, references, field, how)


def followed(one: ObjectType, keys: Sequence[Key], given: Mapping[str, Any]) -> Key | None:
    """What an order of groups names besides their keys: a field of a record that one of the keys is the id of."""
    found = _key(one, given, (), ())
    known = (key.api[:-1] for key in keys if key.field is None)
    return found if any(found.api[: len(way)] == way for way in known) else None


def followed_values(joined: Joined, key: Key) -> list[ColumnElement[Any]]:
    """The values by which such a field orders; Forbidden where it is hidden on all records."""
    one, table = joined.behind(key.references)
    return [table.c.id] if key.field is None else ordering(joined.scope, one, key.field, table)


def key_value(joined: Joined, key: Key) -> ColumnElement[Any]:
    """What the records are grouped by; Forbidden where it is hidden on all records."""
    one, table = joined.behind(key.references)
    if key.field is None:
        identity: ColumnElement[Any] = table.c.id
        return identity
    value = comparable(joined.scope, one, key.field, table)
    if isinstance(key.bucket, DateBucket):
        return date_bucket(value, key.bucket, joined.scope.time_zone)
    return number_bucket(value, key.bucket) if isinstance(key.bucket, Decimal) else value


def key_forms(joined: Joined, key: Key) -> dict[str, ColumnElement[Any]]:
    """Of a text, which is grouped folded: how it is written (`shown`) and, of a name, how it sounds (`sound`)."""
    field = key.field
    if field is None or field.folded is None:
        return {}
    one, table = joined.behind(key.references)
    forms = {"shown": visible(joined.scope.profile, one, field, table)}
    if field.sort_key:
        forms["sound"] = seen(joined.scope.profile, one, field, table, table.c[field.sort_key])
    return forms


def key_column(number: int, form: str = "key") -> str:
    """What the key with this number, or a form of it, is called among the columns of the groups."""
    return f"{form}{number}"
