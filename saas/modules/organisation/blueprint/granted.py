"""What roles and people are granted once a blueprint is carried out: what it says, beside what it leaves as it is."""

from collections.abc import Callable, Iterator
from uuid import UUID

from saas.engine.access.specials import Value, special_named
from saas.modules.organisation.blueprint.ends import Ends
from saas.modules.organisation.blueprint.present import Thing
from saas.modules.organisation.blueprint.wanted import LINE, POSITION, ROLE, Blueprint, Mistake, OnlyFor, Wanted
from saas.modules.organisation.rights import Grants
from saas.modules.organisation.specials import told_specials

IdOf = Callable[[str, str], UUID]
Change = tuple[object, object]


def whole_grants(blueprint: Blueprint, role: Wanted, before: Grants, id_of: IdOf) -> Grants:
    """All that the role shall grant."""
    for_all, blocks = blueprint.grants.get(role.code), blueprint.only_for.get(role.code)
    found = before.for_all if for_all is None else for_all
    if blocks is None:
        return found | before.for_some
    for each in blocks:
        found |= each.grants.only_for(*(None if code is None else id_of(kind, code) for kind, code in _ends(each)))
    return found


def whole_specials(blueprint: Blueprint, kind: str, holder: Wanted, id_of: IdOf) -> dict[str, Value] | None:
    """All that the role or the person shall be granted specially; None where the blueprint does not say."""
    wanted = blueprint.specials.get((kind, holder.code))
    if wanted is None:
        return None
    return {
        key: frozenset(id_of(_named_by(key), code) for code in value) if isinstance(value, frozenset) else value
        for key, value in wanted.items()
    }


def granted_changes(
    ends: Ends, blueprint: Blueprint, kind: str, number: int, wanted: Wanted, thing: Thing | None
) -> tuple[dict[str, Change], list[Mistake]]:
    """What changes in the grants of a role, and in the special permissions of a role or a person, told with codes."""
    mistakes = [*_lost_in_blocks(ends, blueprint, kind, number, wanted), *_lost(ends, blueprint, kind, number, wanted)]
    if mistakes:
        return {}, mistakes
    found: dict[str, tuple[list[str], list[str]]] = {}
    if kind == ROLE:
        before = ends.now.grants.get(thing.id, Grants()) if thing else Grants()
        after = whole_grants(blueprint, wanted, before, ends.id_of)
        found["grants"] = before.told(ends.spelled), after.told(ends.spelled)
    specials = whole_specials(blueprint, kind, wanted, ends.id_of)
    if specials is not None:
        had = ends.now.specials.get(thing.id, {}) if thing else {}
        found["specials"] = told_specials(had, ends.spelled), told_specials(specials, ends.spelled)
    return {name: _differing(*both) for name, both in found.items() if both[0] != both[1]}, []


def _differing(had: list[str], has: list[str]) -> Change:
    return [word for word in had if word not in has], [word for word in has if word not in had]


def _ends(block: OnlyFor) -> tuple[tuple[str, str | None], tuple[str, str | None]]:
    return (POSITION, block.position), (LINE, block.business_line)


def _named_by(key: str) -> str:
    """The kind of things that a special permission names."""
    one = special_named(key)
    return "" if one is None or one.of is None else str(one.of.__tablename__)


def _lost_in_blocks(ends: Ends, blueprint: Blueprint, kind: str, number: int, wanted: Wanted) -> Iterator[Mistake]:
    """Positions and business lines that are nowhere."""
    for place, block in enumerate(blueprint.only_for.get(wanted.code) or () if kind == ROLE else ()):
        for of, code in _ends(block):
            if wrong := ends.unknown(of, [] if code is None else [code]):
                yield Mistake(kind, number, "only_for", wrong, (place, of))


def _lost(ends: Ends, blueprint: Blueprint, kind: str, number: int, wanted: Wanted) -> Iterator[Mistake]:
    """Records that special permissions name and that are nowhere."""
    for key, value in (blueprint.specials.get((kind, wanted.code)) or {}).items():
        if isinstance(value, frozenset) and (wrong := ends.unknown(_named_by(key), sorted(value))):
            yield Mistake(kind, number, "specials", wrong, (key,))
