"""The lists of records that records refer to while these are written: what is given, what becomes of it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from saas.engine.access.rows import referable
from saas.engine.field import Field
from saas.engine.links import link, stored_as
from saas.engine.problem import Problem, ProblemCode
from saas.engine.registry import ObjectType
from saas.engine.rows import insert_rows
from saas.engine.scope import Scope
from saas.engine.write.references import lost_problems
from saas.kit import ids
from saas.kit.errors import BadInput
from saas.kit.text import camel

MAX_LINKS = 100
Lists = dict[str, list[UUID]]
Differences = dict[str, tuple[list[UUID], list[UUID]]]
Held = Mapping[tuple[str, UUID], Sequence[tuple[UUID, bool]]]


def split(one: ObjectType, row: Mapping[str, Any]) -> tuple[dict[str, Any], Lists, list[Problem]]:
    """The values of the record itself, the lists that are given for it, and what is wrong with these."""
    values, lists, problems = dict(row), Lists(), list[Problem]()
    for name, field in one.links.items():
        if name in values:
            lists[name] = _ids(field, values.pop(name) or (), problems)
    return values, lists, problems


def _ids(field: Field, given: Sequence[Any], problems: list[Problem]) -> list[UUID]:
    if len(given) > MAX_LINKS:
        message = f"{field.label.en}: a record has at most {MAX_LINKS} of them."
        problems.append(Problem(ProblemCode.BAD_INPUT, message, (camel(field.name),)))
        return []
    found: list[UUID] = []
    for i, each in enumerate(given):
        try:
            found.append(ids.parse_id(each))
        except BadInput as wrong:
            problems.append(Problem(ProblemCode.BAD_INPUT, str(wrong), (camel(field.name), str(i))))
    return found


def held(scope: Scope, one: ObjectType, rows: Sequence[tuple[UUID, Lists]]) -> Held:
    """What the lists given anew hold by now, and of each whether the writer sees it; one statement for each field."""
    found: dict[tuple[str, UUID], list[tuple[UUID, bool]]] = {}
    for name, field in one.links.items():
        asked = [id_ for id_, lists in rows if name in lists]
        if not asked:
            continue
        target = one.target_of(field)
        table = target.outermost
        shows = sa.and_(table.c.deleted_at.is_(None), referable(scope.profile, target, table))
        statement = (
            sa.select(link.c.record_id, link.c.target_id, shows)
            .join(table, table.c.id == link.c.target_id)
            .where(link.c.field == stored_as(one, field), link.c.record_id.in_(asked))
            .order_by(link.c.record_id, link.c.position)
        )
        for record_id, target_id, is_shown in scope.session.execute(statement):
            found.setdefault((name, record_id), []).append((target_id, is_shown))
    return found


def differences(id_: UUID, lists: Lists, there: Held) -> Differences:
    """The lists that are to change, before and after. Who cannot see a record does not take it out: it stays."""
    found: Differences = {}
    for name, given in lists.items():
        now = there.get((name, id_), ())
        wanted = list(dict.fromkeys(given))
        if wanted != [each for each, is_shown in now if is_shown]:
            unseen = [each for each, is_shown in now if not is_shown and each not in wanted]
            found[name] = ([each for each, _ in now], wanted + unseen)
    return found


def link_problems(
    scope: Scope, one: ObjectType, rows: Sequence[tuple[UUID, Lists]], there: Held
) -> list[list[Problem]]:
    """For each row what is added to its lists and is not there, or out of sight."""
    added: list[dict[str, list[UUID | None]]] = []
    for id_, lists in rows:
        known = {name: {each for each, is_shown in there.get((name, id_), ()) if is_shown} for name in lists}
        added.append({name: [each if each not in known[name] else None for each in lists[name]] for name in lists})
    return lost_problems(scope, one.links.values(), added)


def write_links(scope: Scope, one: ObjectType, rows: Iterable[tuple[UUID, Differences]]) -> None:
    """Replace the lists that changed, with one statement for each field and one for all that is new."""
    changed = [(id_, name, pair) for id_, found in rows for name, pair in found.items()]
    for name, field in one.links.items():
        emptied = [id_ for id_, changed_name, (before, _) in changed if changed_name == name and before]
        if emptied:
            mine = sa.and_(link.c.field == stored_as(one, field), link.c.record_id.in_(emptied))
            scope.session.execute(sa.delete(link).where(mine))
    new = [
        {"record_id": id_, "field": stored_as(one, one.links[name]), "target_id": target, "position": position}
        for id_, name, (_, after) in changed
        for position, target in enumerate(after)
    ]
    if new:
        insert_rows(scope.session, link, new)
