"""The records of a file in the order in which they are written: whoever is referred to comes first.

A reference to another row of the same file (a superior, a parent company) needs that row to be there: rows are sorted
by how many such steps lie above them, and rows of different steps are never written together.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from saas.engine.problem import ProblemCode
from saas.engine.transfer.issue import Code, Issue, about, shown
from saas.engine.transfer.plan import FieldPlan, Plan
from saas.engine.transfer.sheet import Sheet
from saas.kit.text import fold

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """One row: its number in the file, a text for each field of the plan, and why it is refused unseen."""

    number: int
    texts: tuple[str, ...]
    refused: Issue | None = None
    level: int = 0


def arrange(sheet: Sheet, plan: Plan) -> tuple[Line, ...]:
    """Every row to be written, or refused, exactly once."""
    lines = _without_twins(plan, _lines(sheet, plan))
    own = [position for position, each in enumerate(plan.fields) if each.lookup and each.lookup.target is plan.one]
    if own:
        lines = _by_level(plan, lines, own)
    return tuple(sorted(lines, key=lambda line: line.level))


def _lines(sheet: Sheet, plan: Plan) -> list[Line]:
    lines: list[Line] = []
    for entry in sheet.entries:
        if entry.wrong:
            lines.append(Line(entry.line, (), Issue(Code.BAD_CSV.value, entry.wrong)))
            continue
        texts = tuple(field.text(entry.cells) for field in plan.fields)
        empty = next((plan.fields[position] for position in plan.key if not texts[position]), None)
        lines.append(Line(entry.line, texts, None if empty is None else _keyless(empty)))
    return lines


def _keyless(empty: FieldPlan) -> Issue:
    return about(empty.field, ProblemCode.REQUIRED, "it is empty, but it is part of the key.")


def _without_twins(plan: Plan, lines: Sequence[Line]) -> list[Line]:
    """A key counts once: a repeated row is refused, or left out where rows may repeat and this one says the same."""
    first: dict[Key, Line] = {}
    kept: list[Line] = []
    for line in lines:
        if line.refused is not None:
            kept.append(line)
            continue
        key = tuple(fold(line.texts[position]) for position in plan.key)
        earlier = first.setdefault(key, line)
        if earlier is line:
            kept.append(line)
        elif not plan.mapping.unique_rows or earlier.texts != line.texts:
            kept.append(replace(line, refused=_twin(plan, line, earlier)))
    return kept


def _twin(plan: Plan, line: Line, earlier: Line) -> Issue:
    text = " / ".join(line.texts[position] for position in plan.key)
    but = ", with other values" if plan.mapping.unique_rows else ""
    message = f"{shown(text)} stands in line {earlier.number} already{but}."
    return about(plan.fields[plan.key[0]].field, ProblemCode.DUPLICATE, message)


def _by_level(plan: Plan, lines: Sequence[Line], own: Sequence[int]) -> list[Line]:
    """The lines with their levels; those that refer to each other in a circle are refused."""
    above = _above(plan, lines, own)
    levels = _levels(above)
    lowest = max(levels.values(), default=0) + 1
    circling = _circling(above, set(range(len(lines))) - levels.keys())
    issue = about(plan.fields[own[0]].field, ProblemCode.CIRCLE, "this line and others refer to each other.")
    # What hangs below a circle comes last, and finds nobody there.
    return [
        replace(line, refused=issue) if i in circling else replace(line, level=levels.get(i, lowest))
        for i, line in enumerate(lines)
    ]


def _levels(above: Sequence[set[int]]) -> dict[int, int]:
    """For each line how many steps lead up from it at most; nothing for those whose way up does not end."""
    below = _turned(above)
    open_ = [len(each) for each in above]
    levels: dict[int, int] = {}
    ready, level = [i for i, number in enumerate(open_) if not number], 0
    while ready:
        levels |= dict.fromkeys(ready, level)
        following: list[int] = []
        for i in ready:
            for each in below[i]:
                open_[each] -= 1
                if not open_[each]:
                    following.append(each)
        ready, level = following, level + 1
    return levels


def _circling(above: Sequence[set[int]], endless: set[int]) -> set[int]:
    """Of the lines whose way up does not end those that are part of a circle, not merely below one."""
    below = _turned(above)
    open_ = {i: len(below[i] & endless) for i in endless}
    lowest = [i for i, number in open_.items() if not number]
    while lowest:
        i = lowest.pop()
        del open_[i]
        for each in above[i] & open_.keys():
            open_[each] -= 1
            if not open_[each]:
                lowest.append(each)
    return set(open_)


def _turned(above: Sequence[set[int]]) -> list[set[int]]:
    below: list[set[int]] = [set() for _ in above]
    for i, each in enumerate(above):
        for up in each:
            below[up].add(i)
    return below


def _above(plan: Plan, lines: Sequence[Line], own: Sequence[int]) -> list[set[int]]:
    """For each line the lines that it refers to."""
    above: list[set[int]] = [set() for _ in lines]
    for position in own:
        lookup = plan.fields[position].lookup
        by = lookup.by.name if lookup else ""
        named = next((place for place, each in enumerate(plan.fields) if each.field.name == by), None)
        if named is None:
            continue
        at: dict[str, set[int]] = {}
        for i, line in enumerate(lines):
            if line.refused is None:
                at.setdefault(fold(line.texts[named]), set()).add(i)
        for i, line in enumerate(lines):
            if line.refused is None and line.texts[position]:
                for name in plan.fields[position].split(line.texts[position]):
                    above[i] |= at.get(fold(name), set())
    return above
