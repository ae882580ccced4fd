"""What is permitted specially, from the words of the file."""

from collections.abc import Iterator, Mapping
from typing import Any

from saas.cli.onboarding.grants import Found, unknown_word
from saas.cli.onboarding.lines import Place
from saas.cli.onboarding.model import PersonEntry, RoleEntry
from saas.engine.access.specials import MOST, Special, SpecialKind, is_value, special_keys, special_named
from saas.modules.organisation.blueprint.wanted import Specials
from saas.modules.starting_roles.templates import template_named

_TAKES = {
    SpecialKind.BOOLEAN: "true or false",
    SpecialKind.INTEGER: f"a whole number from 0 to {MOST:,}",
    SpecialKind.IDS: "a list of codes",
}


def specials_in(entry: RoleEntry | PersonEntry, place: Place, wrong: Found) -> Specials | None:
    """What the role or the person is granted, or None where the file does not say; mistakes go to `wrong`."""
    if not entry.given("specials"):
        template = template_named(entry.template) if isinstance(entry, RoleEntry) and entry.template else None
        if template is None:
            return None
        return {key: given for key, given in template.specials.items() if isinstance(given, bool | int)}
    return dict(_checked(entry.specials or {}, (*place, "specials"), wrong))


def _checked(
    given: Mapping[str, object], place: Place, wrong: Found
) -> Iterator[tuple[str, bool | int | frozenset[str]]]:
    for key, value in given.items():
        one = special_named(key)
        if one is None:
            wrong.append(((*place, key), unknown_word("special permission", key, special_keys())))
        elif one.of is not None and "code" not in one.of.fields:
            wrong.append(((*place, key), f"a {one.of.facts.label.en.lower()} has no code: grant this in the API"))
        elif (found := _value(one, value)) is None:
            wrong.append(((*place, key), f"{_TAKES[one.kind]} is needed here; leave it out to permit nothing"))
        else:
            yield key, found


def _value(one: Special[Any], given: object) -> bool | int | frozenset[str] | None:
    """The value as it is wanted, records by code; None where it is of another kind."""
    if one.kind is SpecialKind.IDS:
        codes = [each for each in given if isinstance(each, str)] if isinstance(given, list) else None
        return frozenset(codes) if codes is not None and codes == given else None
    return given if isinstance(given, bool | int) and is_value(one, given) else None
