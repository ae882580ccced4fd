"""What a blueprint would change, told before anything is changed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from saas.engine.registry import object_named
from saas.engine.write.values import checked
from saas.kit.text import camel
from saas.modules.organisation.blueprint.ends import Ends, spoken
from saas.modules.organisation.blueprint.granted import Change, granted_changes
from saas.modules.organisation.blueprint.present import Present, Thing
from saas.modules.organisation.blueprint.wanted import (
    EMPLOYEE,
    KINDS,
    LINE,
    ROLE,
    Blueprint,
    Held,
    Impossible,
    Mistake,
    Wanted,
    leads_to,
    mistakes_within,
)
from saas.modules.organisation.rights import told_held


class Verb(StrEnum):
    CREATE = "create"
    UPDATE = "update"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class Step:
    """What becomes of one thing. `changes` holds before and after by field, references as codes, for people to read."""

    kind: str
    code: str
    verb: Verb
    changes: Mapping[str, Change]


def difference(blueprint: Blueprint, now: Present) -> list[Step]:
    """One step for each thing of the blueprint, in its order; Impossible tells all mistakes that can be seen."""
    mistakes = mistakes_within(blueprint)
    ends = Ends(now, blueprint)
    steps = []
    for kind in KINDS:
        for number, wanted in enumerate(blueprint.of(kind)):
            thing = now.find(kind, wanted)
            changes, wrong = _value_changes(kind, wanted, thing)
            more, unknown = _reference_changes(ends, kind, wanted, thing)
            changes |= more
            granted, lost = granted_changes(ends, blueprint, kind, number, wanted, thing)
            changes |= granted
            mistakes += lost
            if kind == EMPLOYEE:
                held, no_role = _role_changes(ends, blueprint.holds.get(wanted.code), thing)
                lines, no_line = _line_changes(ends, blueprint.lines.get(wanted.code), thing)
                changes |= held | lines
                unknown |= no_role | no_line
            mistakes += [Mistake(kind, number, name, message) for name, message in {**wrong, **unknown}.items()]
            verb = Verb.CREATE if thing is None else Verb.UPDATE if changes else Verb.UNCHANGED
            steps.append(Step(kind, wanted.code, verb, changes))
    if mistakes:
        raise Impossible(mistakes)
    return steps


def kept_values(kind: str, wanted: Wanted, thing: Thing | None) -> tuple[dict[str, object], dict[str, str]]:
    """The plain values that differ, in the form in which they are kept; and what is wrong with them, by field."""
    one = object_named(kind)
    given = {"code": wanted.code, **wanted.values}
    kept, problems = checked(one, given, creating=thing is None)
    wrong = {
        next((name for name in given if (camel(name),) == problem.path[:1]), "code"): problem.message
        for problem in problems
    }
    before = thing.values if thing else {}
    return {name: kept[name] for name in given if name in kept and before.get(name) != kept[name]}, wrong


def _value_changes(kind: str, wanted: Wanted, thing: Thing | None) -> tuple[dict[str, Change], dict[str, str]]:
    kept, wrong = kept_values(kind, wanted, thing)
    before = thing.values if thing else {}
    return {name: (before.get(name), value) for name, value in kept.items()}, wrong


def _reference_changes(
    ends: Ends, kind_of_thing: str, wanted: Wanted, thing: Thing | None
) -> tuple[dict[str, Change], dict[str, str]]:
    changes: dict[str, Change] = {}
    unknown: dict[str, str] = {}
    for name, code in wanted.references.items():
        kind = leads_to(kind_of_thing, name)
        target, is_known = ends.target(kind, code)
        if not is_known:
            unknown[name] = f"there is no {spoken(kind)} with the code {code!r}, neither here nor in the tenant"
        before = ends.called(thing.values[name]) if thing else None
        if (thing.values[name] if thing else None) != (target.id if target else None) or (code and not target):
            changes[name] = (before, code)
    return changes, unknown


def _role_changes(ends: Ends, wanted: Held | None, thing: Thing | None) -> tuple[dict[str, Change], dict[str, str]]:
    if wanted is None:
        return {}, {}
    targets, wrong = _targets(ends, ROLE, "roles", wanted)
    held = ends.now.holds.get(thing.id, {}) if thing else {}
    if held == {target.id: wanted[code] for code, target in targets.items() if target} and all(targets.values()):
        return {}, wrong
    before = told_held({str(ends.called(id_)): until for id_, until in held.items()})
    return {"roles": (before, told_held(wanted))}, wrong


def _line_changes(
    ends: Ends, wanted: Sequence[str] | None, thing: Thing | None
) -> tuple[dict[str, Change], dict[str, str]]:
    if wanted is None:
        return {}, {}
    targets, wrong = _targets(ends, LINE, "business_lines", wanted)
    lines = ends.now.lines.get(thing.id, set()) if thing else set()
    if lines == {target.id for target in targets.values() if target} and all(targets.values()):
        return {}, wrong
    return {"business_lines": (sorted(str(ends.called(id_)) for id_ in lines), sorted(set(wanted)))}, wrong


def _targets(ends: Ends, kind: str, name: str, codes: Iterable[str]) -> tuple[dict[str, Thing | None], dict[str, str]]:
    """What the codes lead to, as far as it is there already; and what is wrong with them."""
    found = {code: ends.target(kind, code) for code in codes}
    unknown = ", ".join(repr(code) for code, (_, is_known) in found.items() if not is_known)
    wrong = {name: f"there is no {spoken(kind)} with the code {unknown}"} if unknown else {}
    return {code: target for code, (target, _) in found.items()}, wrong
