"""Make the organisation what the blueprint says, within one transaction; with nothing to do it writes nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from saas.engine.registry import object_named
from saas.engine.scope import Scope
from saas.engine.write.create import create
from saas.engine.write.load import Target
from saas.engine.write.outcome import Outcome
from saas.engine.write.update import update
from saas.kit.text import fold, snake
from saas.modules.organisation.blueprint.difference import kept_values
from saas.modules.organisation.blueprint.granted import whole_grants, whole_specials
from saas.modules.organisation.blueprint.present import Present
from saas.modules.organisation.blueprint.wanted import (
    ABOVE,
    EMPLOYEE,
    KINDS,
    LINE,
    ROLE,
    Blueprint,
    Impossible,
    Mistake,
    Wanted,
    leads_to,
)
from saas.modules.organisation.employee import Employee
from saas.modules.organisation.rights import Grants, employee_assign_roles, role_grant
from saas.modules.organisation.role import Role
from saas.modules.organisation.specials import grant_specials
from saas.modules.organisation.structure import employee_assign_business_lines

Rows = Sequence[tuple[int, Mapping[str, object]]]


@dataclass(slots=True)
class _Work:
    scope: Scope
    blueprint: Blueprint
    now: Present
    ids: dict[tuple[str, str], UUID] = field(default_factory=dict)

    def id_of(self, kind: str, code: str) -> UUID | None:
        """The id of what has this code, new or old; None while it is not written yet."""
        found = self.ids.get((kind, fold(code)))
        if found is None and (thing := self.now.with_code(kind, code)):
            found = thing.id
        return found

    def written(self, kind: str, code: str) -> UUID:
        """The id of what has this code and must be there by now."""
        found = self.id_of(kind, code)
        if found is None:
            raise LookupError(f"{kind} {code}")
        return found


def carry_out(scope: Scope, blueprint: Blueprint, now: Present) -> dict[str, UUID]:
    """Write what differs from `now`; the ids of the blueprint's people by code. Impossible where the engine refuses."""
    work = _Work(scope, blueprint, now)
    for kind in KINDS:
        old = [(number, wanted) for number, wanted in enumerate(blueprint.of(kind)) if now.find(kind, wanted)]
        for _, wanted in old:
            work.ids[kind, wanted.key] = work.now.find(kind, wanted).id  # type: ignore[union-attr]  # found above
        # Values first: a name that one gives up may be another's new one. References last: they may lead to new ones.
        _update(work, kind, [(number, kept_values(kind, wanted, now.find(kind, wanted))[0]) for number, wanted in old])
        _create_all(work, kind)
        _update(work, kind, [(number, _references(work, kind, wanted)) for number, wanted in old if wanted.references])
    _grant(work)
    _assign(work)
    _permit(work)
    return {wanted.code: work.ids[EMPLOYEE, wanted.key] for wanted in blueprint.people}


def _create_all(work: _Work, kind: str) -> None:
    """What is new, from the top down: a reference leads to what is written already."""
    things = work.blueprint.of(kind)
    waiting = [number for number, wanted in enumerate(things) if (kind, wanted.key) not in work.ids]
    while waiting:
        level = [number for number in waiting if _is_above_written(work, kind, things[number])]
        rows: Rows = [
            (number, {**kept_values(kind, things[number], None)[0], **_references(work, kind, things[number])})
            for number in level
        ]
        outcomes = create(work.scope, object_named(kind), [values for _, values in rows])
        _refuse(kind, rows, outcomes)
        for number, outcome in zip(level, outcomes, strict=True):
            if outcome.id is not None:
                work.ids[kind, things[number].key] = outcome.id
        waiting = sorted(set(waiting) - set(level))


def _is_above_written(work: _Work, kind: str, wanted: Wanted) -> bool:
    code = wanted.references.get(ABOVE[kind]) if kind in ABOVE else None
    return code is None or work.id_of(kind, code) is not None


def _references(work: _Work, kind: str, wanted: Wanted) -> dict[str, object]:
    return {
        name: None if code is None else work.id_of(leads_to(kind, name), code)
        for name, code in wanted.references.items()
    }


def _update(work: _Work, kind: str, rows: Rows) -> None:
    things = work.blueprint.of(kind)
    differing = [(number, values) for number, values in rows if _differs(work, kind, things[number], values)]
    if differing:
        targets = [(Target(work.ids[kind, things[number].key]), values) for number, values in differing]
        _refuse(kind, differing, update(work.scope, object_named(kind), targets))


def _differs(work: _Work, kind: str, wanted: Wanted, values: Mapping[str, object]) -> bool:
    thing = work.now.find(kind, wanted)
    return thing is not None and any(thing.values[name] != value for name, value in values.items())


def _grant(work: _Work) -> None:
    for wanted in work.blueprint.roles:
        id_ = work.ids[ROLE, wanted.key]
        before = work.now.grants.get(id_, Grants())
        whole = whole_grants(work.blueprint, wanted, before, work.written)
        if whole != before:
            role_grant(work.scope, work.scope.session.get_one(Role, id_), whole)


def _permit(work: _Work) -> None:
    session = work.scope.session
    for kind in (ROLE, EMPLOYEE):
        for wanted in work.blueprint.of(kind):
            id_ = work.ids[kind, wanted.key]
            specials = whole_specials(work.blueprint, kind, wanted, work.written)
            if specials is not None and specials != work.now.specials.get(id_, {}):
                holder = session.get_one(Role, id_) if kind == ROLE else session.get_one(Employee, id_)
                grant_specials(work.scope, holder, specials)


def _assign(work: _Work) -> None:
    for wanted in work.blueprint.people:
        id_ = work.ids[EMPLOYEE, wanted.key]
        held, lines = work.blueprint.holds.get(wanted.code), work.blueprint.lines.get(wanted.code)
        if held is not None:
            roles = {role: until for code, until in held.items() if (role := work.id_of(ROLE, code))}
            if roles != work.now.holds.get(id_, {}):
                employee_assign_roles(work.scope, work.scope.session.get_one(Employee, id_), roles)
        if lines is not None:
            wanted_lines = {line for code in lines if (line := work.id_of(LINE, code))}
            if wanted_lines != work.now.lines.get(id_, set()):
                employee_assign_business_lines(work.scope, work.scope.session.get_one(Employee, id_), wanted_lines)


def _refuse(kind: str, rows: Rows, outcomes: Sequence[Outcome]) -> None:
    mistakes = [
        Mistake(kind, number, snake(problem.path[0]) if problem.path else "code", problem.message)
        for (number, _), outcome in zip(rows, outcomes, strict=True)
        for problem in outcome.problems
    ]
    if mistakes:
        raise Impossible(mistakes)
