"""Which fields of an object somebody may have in a file, and how they are asked."""

from collections.abc import Sequence
from dataclasses import dataclass

from saas.engine.access.fields import masked, readable
from saas.engine.asker import Asker
from saas.engine.field import Field, Kind
from saas.engine.registry import ObjectType
from saas.kit.errors import BadInput, Forbidden
from saas.kit.text import camel

ID = "id"


@dataclass(frozen=True, slots=True)
class Chosen:
    """The fields of one object that go into the file, in their order; `with_id`: its id too, before them."""

    one: ObjectType
    fields: tuple[Field, ...]
    with_id: bool

    def asked(self, *more: str) -> str:
        """The selection that asks for them."""
        names = [camel(field.api) for field in self.fields]
        asked = [f"{name}{_inside(self.one, field)}" for name, field in zip(names, self.fields, strict=True)]
        return " ".join([ID, *asked, *(each for each in more if each not in names)])


def chosen(asker: Asker, one: ObjectType, names: Sequence[str] | None, place: str, *, with_id: bool) -> Chosen:
    """What these names mean, or all that the person may see on any record.

    BadInput where there is no such field, Forbidden where it is hidden from the person.
    """
    known = {camel(field.api): field for field in (*one.shown, *one.links.values())}
    if names is None:
        line_of = one.record.facts.line_of
        seen = (each for each in known.values() if each.name != line_of and not is_hidden(asker, one, each))
        return Chosen(one, tuple(seen), with_id)
    found: list[Field] = []
    for number, name in enumerate(dict.fromkeys(names)):
        if name == ID:
            continue
        if name not in known:
            told = f"{one.type_name} has no field {name!r}."
            raise BadInput(told, remedy=f"It has {', '.join([ID, *known])}.", path=(place, str(number)))
        if is_hidden(asker, one, known[name]):
            raise Forbidden(
                f"{one.single}.{name} is hidden from you, so it cannot be exported.",
                remedy="Leave it out, or ask an administrator for the field group.",
            )
        found.append(known[name])
    if not names:
        raise BadInput("No field is asked for.", remedy="Name some, or leave it out for all.", path=(place,))
    return Chosen(one, tuple(found), with_id or ID in names)


def is_hidden(asker: Asker, one: ObjectType, field: Field) -> bool:
    """Whether the person sees neither the field nor a mask of it, on whichever record."""
    if field.parts:
        return all(is_hidden(asker, one, one.fields[name]) for name in field.parts)
    table = one.outermost
    hidden = readable(asker.profile, one, field, table) is False
    return hidden and masked(asker.profile, one, field, table) is False


def title_of(one: ObjectType) -> str:
    """What the API calls the field by which people know its records."""
    return camel(one.fields[one.record.facts.title].api)


def has_code(one: ObjectType) -> bool:
    """Whether its records have a code beside their title."""
    return "code" in one.fields and one.record.facts.title != "code"


def _inside(one: ObjectType, field: Field) -> str:
    if field.kind in (Kind.REFERENCE, Kind.REFERENCES):
        target = one.target_of(field)
        return f" {{ id {title_of(target)}{' code' if has_code(target) else ''} }}"
    if field.is_money:
        return " { amount currency }"
    if field.dictionary is not None:
        return " { code label }"
    if field.parts:
        return f" {{ {' '.join(one.fields[name].spelled[-1] for name in field.parts)} }}"
    return ""
