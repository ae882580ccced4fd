"""Special permissions given to roles and to single people: written as wanted, with its audit."""

from collections.abc import Collection, Iterable, Mapping
from uuid import UUID

import sqlalchemy as sa

from saas.engine.access.specials import Value, from_json, is_value, special_named, to_json
from saas.engine.access.tables import special_grant
from saas.engine.problem import Problem, ProblemCode
from saas.engine.scope import Scope
from saas.kit import ids
from saas.kit.errors import BadInput
from saas.modules.organisation.employee import Employee
from saas.modules.organisation.grant_check import living
from saas.modules.organisation.rights import Called, rights_changed
from saas.modules.organisation.role import Role

Given = Iterable[tuple[str, object]]


def specials_given(scope: Scope, given: Given) -> tuple[dict[str, Value], list[Problem]]:
    """The values by key, and everything in them that can mean nothing."""
    values: dict[str, Value] = {}
    wrong: list[str] = []
    for key, raw in given:
        one = special_named(key)
        if one is None:
            wrong.append(f"There is no special permission {key!r}.")
            continue
        value = _ids(raw) if isinstance(raw, list) else raw
        if not is_value(one, value):
            wrong.append(f"{key} is of the kind {one.kind}, its value cannot be {str(raw)[:60]}.")
        elif key in values:
            wrong.append(f"{key} stands there twice.")
        else:
            values[key] = value  # type: ignore[assignment]  # is_value has looked at it
            if one.of is not None and isinstance(value, frozenset):
                label = one.of.facts.label.en.lower()
                unknown = value - living(scope, one.of, value)
                wrong += [f"There is no {label} {id_} in your sight." for id_ in sorted(unknown)]
    return values, [Problem(ProblemCode.BAD_INPUT, message, ("specials",)) for message in wrong]


def _ids(raw: list[object]) -> frozenset[UUID] | None:
    try:
        return frozenset(ids.parse_id(each) for each in raw if isinstance(each, str))
    except BadInput:
        return None


def specials_granted(scope: Scope, holder_id: UUID) -> dict[str, Value]:
    """What the role or the person is granted now, by themselves."""
    return specials_by_holder(scope, [holder_id]).get(holder_id, {})


def specials_by_holder(scope: Scope, holders: Collection[UUID]) -> dict[UUID, dict[str, Value]]:
    """The same of several roles and people, those that are granted any."""
    found: dict[UUID, dict[str, Value]] = {}
    for row in scope.session.execute(sa.select(special_grant).where(special_grant.c.holder_id.in_(holders))):
        if one := special_named(row.key):
            found.setdefault(row.holder_id, {})[row.key] = from_json(one, row.value)
    return found


def grant_specials(scope: Scope, holder: Role | Employee, wanted: Mapping[str, Value]) -> bool:
    """Grant exactly these; True where that changed anything. Forbidden without role.update."""
    scope.need("role.update")
    before = specials_granted(scope, holder.id)
    if before == wanted:
        return False
    scope.session.execute(sa.delete(special_grant).where(special_grant.c.holder_id == holder.id))
    rows = [{"holder_id": holder.id, "key": key, "value": to_json(wanted[key])} for key in sorted(wanted)]
    if rows:
        scope.session.execute(sa.insert(special_grant), rows)
    rights_changed(scope, holder, "specials", told_specials(before), told_specials(wanted))
    return True


def told_specials(specials: Mapping[str, Value], called: Called = str) -> list[str]:
    """As sorted words, for audit and for comparing."""
    return [f"{key}:{_words(specials[key], called)}" for key in sorted(specials)]


def _words(value: Value, called: Called) -> str:
    return " ".join(sorted(map(called, value))) if isinstance(value, frozenset) else str(value).lower()
