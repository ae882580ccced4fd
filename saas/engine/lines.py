"""Lines inside their document, and what is derived from them: what is wrong with them, told at start-up."""

from collections.abc import Iterator, Sequence

from saas.engine.actions import actions_of
from saas.engine.derived import computations_of
from saas.engine.field import Derived, Kind, OnDelete
from saas.engine.record import Record
from saas.engine.rules import rules_ask_for_lines

Mistake = tuple[type[Record], str, str]


def mistakes_in_lines(records: Sequence[type[Record]]) -> Iterator[Mistake]:
    """What is wrong with lines, their documents and derived fields: where, what, and the remedy."""
    documents: dict[type[Record], type[Record]] = {}
    for record in records:
        if record.facts.line_of is not None:
            yield from _mistakes_in(record)
            target = record.fields[record.facts.line_of].target if record.facts.line_of in record.fields else None
            if target is not None and documents.setdefault(target, record) is not record:
                other = documents[target].__name__
                yield (
                    record,
                    f"is a second kind of lines of {target.__name__}, beside {other}",
                    ("Keep one; make the other an object of its own, with inherits=…."),
                )
    for document in documents:
        if "lines" in {field.api for field in (*document.fields.values(), *document.links.values())}:
            yield document, "has a field 'lines' beside its lines", "Give the field another name."
    for record in records:
        yield from _mistakes_in_derived(record, documents)
        if rules_ask_for_lines(record) and record not in documents:
            yield record, "has a rule that looks at lines, but no lines", "Take the second input away from the rule."


def _mistakes_in(line: type[Record]) -> Iterator[Mistake]:
    facts = line.facts
    field = line.fields.get(facts.line_of or "")
    if field is None or field.kind is not Kind.REFERENCE or field.target is None:
        yield (
            line,
            f"is a line of {facts.line_of!r}, which is no reference of it",
            "Name the reference to its document.",
        )
        return
    if field.target.facts.line_of is not None or field.target is line:
        yield (
            line,
            f"is a line of {field.target.__name__}, which is a line itself",
            "Lines have no lines: flatten them.",
        )
    if facts.owner or facts.department or facts.keys or facts.number:
        yield line, "has an owner, a department, keys or a number", "Leave them out: all these are its document's."
    if any(each.is_state for each in line.fields.values()) or actions_of(line):
        yield line, "has a state or actions", "Give them to the document, or make it an object of its own."
    for each in line.fields.values():
        if each.kind is Kind.REFERENCE and each.name != facts.line_of and each.on_delete is not OnDelete.RESTRICT:
            yield (
                line,
                f"lets {each.name!r} be changed when that is deleted",
                ("Leave on_delete out: a line changes with its document only."),
            )


def _mistakes_in_derived(record: type[Record], documents: dict[type[Record], type[Record]]) -> Iterator[Mistake]:
    lines = {line: document for document, line in documents.items()}
    computed_by = lines.get(record, record)
    if record in lines and computations_of(record):
        yield record, "has a @derive of its own", f"Declare it for the document: @derive({computed_by.__name__})."
    for each in record.fields.values():
        if each.derived is None:
            continue
        if not computations_of(computed_by):
            yield (
                record,
                f"has {each.name!r} derived, which nothing computes",
                (f"Write a function with @derive({computed_by.__name__})."),
            )
        if each.required:
            yield record, f"has {each.name!r} derived and required", "Leave required out: it is computed."
        if each.derived is Derived.WITH_LINES and record not in documents:
            yield record, f"has {each.name!r} derived from lines, but no lines", "Take Derived.ALWAYS."
