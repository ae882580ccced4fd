"""The lines of documents while these are written: what is asked of them, what becomes of them, what follows from it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from saas.engine.changed import write_changed
from saas.engine.derived import computations_of, compute, derived_with_lines
from saas.engine.field import Derived
from saas.engine.line_list import LineList
from saas.engine.money import price
from saas.engine.problem import Problem, ProblemCode
from saas.engine.record import Record, write_together
from saas.engine.registry import ObjectType, object_of
from saas.engine.rules import Broken, broken_by, rules_ask_for_lines
from saas.engine.scope import Scope
from saas.engine.write.insert import insert_records
from saas.engine.write.line_input import LineInput
from saas.engine.write.values import fixed_field, kept_value, written_problems
from saas.kit.text import camel, fold

MAX_LINES = 500
Problems = list[Problem]
Values = dict[str, Any]


@dataclass(slots=True)
class Lines:
    """The lines of one document in one write: what is asked of them, what becomes of them, and what they were."""

    one: ObjectType
    given: LineInput
    now: LineList[Any]
    before: dict[UUID, Values] = field(init=False)
    is_priced: bool = False  # whether those that nobody changed get new base amounts too
    _paths: dict[UUID, tuple[str, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.before = {line.id: _values(line) for line in self.now.kept}

    def apply(self) -> Problems:
        """Put the input into the lines, without flushing; the problems of what is not there."""
        problems: Problems = []
        by_id = {line.id: line for line in self.now.kept}
        for i, id_ in enumerate(self.given.deleted(by_id)):
            if id_ not in by_id or by_id[id_].deleted_at is not None:
                problems.append(_no_line("lines", "delete", str(i)))
            else:
                self.now.remove(by_id[id_])
        for id_, values, path in self.given.update:
            if id_ not in by_id or by_id[id_].deleted_at is not None:
                problems.append(_no_line(*path, "id"))
                continue
            self._paths[id_] = path
            for name, value in values.items():
                if getattr(by_id[id_], name) == value:
                    continue
                if self.one.fields[name].fixed and value is not None:
                    problems.append(fixed_field(self.one.fields[name]).at(*path))
                setattr(by_id[id_], name, value)
        last = max((line.position for line in self.now), default=0)
        for id_, values, path in self.given.create:
            self._paths[id_] = path
            last = values["position"] or last + 1
            self.now.add(id=id_, **{**values, "position": last})
        return problems

    def written(self) -> Problems:
        """What is wrong with the values that an action wrote, brought into the form in which they are kept."""
        found = ((line, written_problems(line, self.before.get(line.id, {}))) for line in self.now)
        return [problem.at(*self._path(line)) for line, problems in found for problem in problems]

    def together(self) -> Problems:
        """What is wrong with the lines as a whole: too many of them, or two of them alike."""
        if len(self.now) <= MAX_LINES:
            return self._twins()
        return [Problem(ProblemCode.BAD_INPUT, f"A document has at most {MAX_LINES} lines.", ("lines",))]

    def _twins(self) -> Problems:
        """What must be unique among the lines of one document and is not."""
        problems: Problems = []
        for key in self.one.unique_keys:
            fields = [self.one.fields[name] for name in key if name != self.one.record.facts.line_of]
            seen: set[tuple[Any, ...]] = set()
            for line in self.now:
                values = [getattr(line, each.name) for each in fields]
                if None in values:
                    continue
                keys = tuple(fold(value) if each.folded else value for each, value in zip(fields, values, strict=True))
                if keys in seen:
                    what = " and ".join(each.label.en.lower() for each in fields)
                    path = (*self._path(line), camel(fields[0].name))
                    message = f"Another line has this {what} already."
                    problems.append(Problem(ProblemCode.DUPLICATE, message, path, kind="Duplicate"))
                seen.add(keys)
        return problems

    def _path(self, line: Record) -> tuple[str, ...]:
        return self._paths.get(line.id, ("lines",))

    def normalised(self) -> Problems:
        """The problems of what the lines hold after the computation, and of the rules of lines."""
        problems: Problems = []
        for line in self.now:
            if line.id not in self.before or _values(line) != self.before[line.id]:
                problems += [each.at(*self._path(line)) for each in (*_computed_wrong(line), *broken_by(line))]
        return list(dict.fromkeys(problems))  # lines that an action wrote alike have the same place

    @property
    def changed(self) -> Sequence[Record]:
        """The lines kept that are not what they were."""
        return [line for line in self.stays if _values(line) != self.before[line.id]]

    @property
    def stays(self) -> Sequence[Record]:
        """The lines kept."""
        return [line for line in self.now.kept if line.deleted_at is None]

    def told(self) -> dict[str, tuple[Any, Any]]:
        """The change as the audit of the document has it: lines by id, with what they lost, and with what they got."""
        before = [_told(line.id, self.before[line.id]) for line in self.now.gone]
        after = [_told(line.id, _values(line)) for line in self.now.new]
        for line in self.changed:
            was, now = self.before[line.id], _values(line)
            names = [name for name in was if was[name] != now[name]]
            before.append({"id": line.id} | {name: was[name] for name in names})
            after.append({"id": line.id} | {name: now[name] for name in names})
        return {"lines": (before, after)} if before or after else {}


def lines_of(
    scope: Scope,
    one: ObjectType,
    documents: Sequence[UUID],
    inputs: Sequence[LineInput | None],
    *,
    stored: bool,
    asked: bool = False,
) -> list[Lines | None]:
    """The lines of each document, `stored` ones read with one statement; None: it has none, or nobody asks."""
    line = one.lines
    asked = asked or any(inputs) or one.currency is not None
    if line is None or not (asked or computations_of(one.record) or rules_ask_for_lines(one.record)):
        return [None] * len(documents)
    found: dict[UUID, list[Record]] = {id_: [] for id_ in documents}
    if stored:
        column = line.table.c[line.record.facts.line_of or ""]
        statement = (
            sa.select(line.record)
            .where(column.in_(documents), line.table.c.deleted_at.is_(None))
            .order_by(column, line.table.c.position, line.table.c.id)
            .execution_options(populate_existing=True)
        )
        for each in scope.session.execute(statement).scalars():
            found[getattr(each, column.name)].append(each)
    return [
        Lines(line, given or LineInput(), LineList(line.record, id_, found[id_]))
        for id_, given in zip(documents, inputs, strict=True)
    ]


def living(lines: Lines | None) -> Sequence[Record]:
    """What a document has after the write, in its order."""
    return lines.now if lines else ()


def derived_problems(scope: Scope, record: Record, lines: Lines | None, given: Mapping[str, Any]) -> Problems:
    """Compute what is derived; the problems are what the computation refuses, and derived values given by hand."""
    if lines is None and not computations_of(type(record)):
        return []
    try:
        compute(record, living(lines))
    except Broken as broken:
        return [broken.problem]
    for name in summed(lines, object_of(type(record))):
        base = None if getattr(record, name) is None else scope.tenant.base_currency  # what is computed is in it
        setattr(record, record.fields[name].currency, base)
    problems = _computed_wrong(record)
    for each in derived_with_lines(record.fields.values()) if living(lines) else ():
        if each.name in given and given[each.name] != getattr(record, each.name):
            message = f"{each.label.en} follows from the lines: leave it out."
            problems.append(Problem(ProblemCode.BAD_INPUT, message, (camel(each.name),)))
    return problems + (lines.normalised() if lines else [])


def summed(lines: Lines | None, one: ObjectType) -> set[str]:
    """The amounts of a document that are computed, from its lines or always."""
    computed = {field.name for field in one.money if field.derived is Derived.ALWAYS}
    return computed | {each.name for each in derived_with_lines(one.money)} if living(lines) else computed


def write_lines(scope: Scope, one: ObjectType, every: Sequence[Lines | None]) -> None:
    """Write what waits, and the lines of all documents, with one statement for what becomes of them alike."""
    found = [each for each in every if each is not None]
    new = [line for each in found for line in each.now.new]
    changed = [line for each in found for line in (each.stays if each.is_priced else each.changed)]
    if one.lines is not None:
        for problems in price(scope, one.lines, [(line, None) for line in (*changed, *new)]):
            for problem in problems:
                raise Broken(problem.message, field="lines")
    gone = [line for each in found for line in each.now.gone]
    names = {name for each in found for line in each.changed for name in _values(line) if _differs(each, line, name)}
    if one.lines is not None and any(each.is_priced for each in found):
        names |= {field.name for field in one.lines.money}
    write_together([*changed, *gone], names | ({"deleted_at"} if gone else set()))
    write_changed(scope.session)
    if one.lines is not None and new:
        insert_records(scope, one.lines, new)


def _differs(lines: Lines, line: Record, name: str) -> bool:
    return bool(lines.before[line.id][name] != getattr(line, name))


def _values(line: Record) -> Values:
    return {name: getattr(line, name) for name, each in line.fields.items() if not each.system}


def _told(id_: UUID, values: Values) -> Values:
    return {"id": id_} | {name: value for name, value in values.items() if value is not None}


def _computed_wrong(record: Record) -> Problems:
    """Bring computed values into the form in which they are kept."""
    problems: Problems = []
    for name, each in record.fields.items():
        if each.derived is not None:
            value, wrong = kept_value(each, getattr(record, name))
            if wrong:
                problems.append(Problem(ProblemCode.BAD_INPUT, wrong, (camel(name),)))
            else:
                setattr(record, name, value)
    return problems


def _no_line(*path: str) -> Problem:
    return Problem(ProblemCode.NOT_FOUND, "The document has no such line.", path)
