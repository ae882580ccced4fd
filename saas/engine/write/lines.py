"""The lines of documents while these are written: what is asked of them, what becomes of them, what follows from it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from saas.engine.derived import computations_of, compute, derived_with_lines
from saas.engine.field import Derived
from saas.engine.money import price
from saas.engine.problem import Problem, ProblemCode
from saas.engine.record import Record, write_together
from saas.engine.registry import ObjectType, object_of
from saas.engine.rules import Broken, broken_by
from saas.engine.scope import Scope
from saas.engine.write.insert import insert_records
from saas.engine.write.line_input import LineInput
from saas.engine.write.values import fixed_field, kept_value
from saas.kit.text import camel, fold

MAX_LINES = 500
Values = dict[str, Any]


@dataclass(slots=True)
class Lines:
    """The lines of one document in one write.

    kept    those that the document has, in their order; `before` holds what they were
    new     those that it gets
    gone    those that it loses
    """

    one: ObjectType
    given: LineInput
    kept: list[Record] = field(default_factory=list)
    new: list[Record] = field(default_factory=list)
    gone: list[Record] = field(default_factory=list)
    before: dict[UUID, Values] = field(default_factory=dict)
    _paths: dict[UUID, tuple[str, ...]] = field(default_factory=dict)

    def apply(self, scope: Scope, document: Record) -> list[Problem]:
        """Put the input into the lines, without flushing; the problems of what is not there or too many."""
        problems: list[Problem] = []
        self.before = {line.id: _values(line) for line in self.kept}
        by_id = {line.id: line for line in self.kept}
        for i, id_ in enumerate(self.given.deleted(by_id)):
            if id_ not in by_id or by_id[id_].deleted_at is not None:
                problems.append(_no_line("lines", "delete", str(i)))
            else:
                by_id[id_].deleted_at = scope.now
                self.gone.append(by_id[id_])
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
        self._add(document)
        if len(self.living) > MAX_LINES:
            problems.append(Problem(ProblemCode.BAD_INPUT, f"A document has at most {MAX_LINES} lines.", ("lines",)))
        return problems + self._twins()

    def _add(self, document: Record) -> None:
        last = max((line.position for line in self.living), default=0)  # type: ignore[attr-defined]  # every line has it
        for id_, values, path in self.given.create:
            self._paths[id_] = path
            last = values["position"] or last + 1
            line_of = self.one.record.facts.line_of or ""
            self.new.append(self.one.record(id=id_, **{**values, "position": last, line_of: document.id}))

    def _twins(self) -> list[Problem]:
        """What must be unique among the lines of one document and is not."""
        problems: list[Problem] = []
        for key in self.one.unique_keys:
            fields = [self.one.fields[name] for name in key if name != self.one.record.facts.line_of]
            seen: set[tuple[Any, ...]] = set()
            for line in self.living:
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

    @property
    def living(self) -> list[Record]:
        """What the document has after the write, in its order."""
        lines = [line for line in (*self.kept, *self.new) if line.deleted_at is None]
        return sorted(lines, key=lambda line: line.position)  # type: ignore[attr-defined]  # every line has it

    def _path(self, line: Record) -> tuple[str, ...]:
        return self._paths.get(line.id, ("lines",))

    def normalised(self) -> list[Problem]:
        """The problems of what the lines hold after the computation, and of the rules of lines."""
        problems: list[Problem] = []
        for line in self.living:
            if line in self.new or _values(line) != self.before[line.id]:
                problems += [each.at(*self._path(line)) for each in (*_computed_wrong(line), *broken_by(line))]
        return problems

    @property
    def changed(self) -> list[Record]:
        """The lines kept that are not what they were."""
        return [line for line in self.kept if line.deleted_at is None and _values(line) != self.before[line.id]]

    def told(self) -> dict[str, tuple[Any, Any]]:
        """The change as the audit of the document has it: lines by id, with what they lost, and with what they got."""
        before = [_told(line.id, self.before[line.id]) for line in self.gone]
        after = [_told(line.id, _values(line)) for line in self.new]
        for line in self.changed:
            was, now = self.before[line.id], _values(line)
            names = [name for name in was if was[name] != now[name]]
            before.append({"id": line.id} | {name: was[name] for name in names})
            after.append({"id": line.id} | {name: now[name] for name in names})
        return {"lines": (before, after)} if before or after else {}


def lines_of(
    scope: Scope, one: ObjectType, documents: Sequence[UUID], inputs: Sequence[LineInput | None], *, stored: bool
) -> list[Lines | None]:
    """The lines of each document, `stored` ones read with one statement; None: it has none, or nobody asks."""
    line = one.lines
    if line is None or not (any(inputs) or computations_of(one.record)):
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
    return [Lines(line, given or LineInput(), kept=found[id_]) for id_, given in zip(documents, inputs, strict=True)]


def derived_problems(scope: Scope, record: Record, lines: Lines | None, given: Mapping[str, Any]) -> list[Problem]:
    """Compute what is derived; the problems are what the computation refuses, and derived values given by hand."""
    if lines is None and not computations_of(type(record)):
        return []
    living = lines.living if lines else []
    try:
        compute(record, living)
    except Broken as broken:
        return [broken.problem]
    for name in summed(lines, object_of(type(record))):
        base = None if getattr(record, name) is None else scope.tenant.base_currency  # what is computed is in it
        setattr(record, record.fields[name].currency, base)
    problems = _computed_wrong(record)
    for each in derived_with_lines(record.fields.values()) if living else ():
        if each.name in given and given[each.name] != getattr(record, each.name):
            message = f"{each.label.en} follows from the lines: leave it out."
            problems.append(Problem(ProblemCode.BAD_INPUT, message, (camel(each.name),)))
    return problems + (lines.normalised() if lines else [])


def summed(lines: Lines | None, one: ObjectType) -> set[str]:
    """The amounts of a document that are computed, from its lines or always."""
    computed = {field.name for field in one.money if field.derived is Derived.ALWAYS}
    return computed | {each.name for each in derived_with_lines(one.money)} if lines and lines.living else computed


def write_lines(scope: Scope, one: ObjectType, every: Sequence[Lines | None]) -> None:
    """Write what waits, and the lines of all documents, with one statement for what becomes of them alike."""
    found = [each for each in every if each is not None]
    new = [line for each in found for line in each.new]
    changed = [line for each in found for line in each.changed]
    if one.lines is not None:
        for problems in price(scope, one.lines, [(line, None) for line in (*changed, *new)]):
            for problem in problems:
                raise Broken(problem.message, field="lines")
    names = {name for each in found for line in each.changed for name in _values(line) if _differs(each, line, name)}
    write_together(changed, names)
    scope.session.flush()
    if one.lines is not None and new:
        insert_records(scope, one.lines, new)


def _differs(lines: Lines, line: Record, name: str) -> bool:
    return bool(lines.before[line.id][name] != getattr(line, name))


def _values(line: Record) -> Values:
    return {name: getattr(line, name) for name, each in line.fields.items() if not each.system}


def _told(id_: UUID, values: Values) -> Values:
    return {"id": id_} | {name: value for name, value in values.items() if value is not None}


def _computed_wrong(record: Record) -> list[Problem]:
    """Bring computed values into the form in which they are kept."""
    problems: list[Problem] = []
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
