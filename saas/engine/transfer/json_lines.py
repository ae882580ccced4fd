"""JSON Lines as a header and records: what is nested becomes columns such as `address.city`, a list one text."""

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Any, TextIO

from saas.engine.transfer.entry import MAX_CELL, Content, Entry, checked_header
from saas.engine.transfer.issue import SHOWN
from saas.engine.transfer.sheet import MAX_LINE, Lines
from saas.engine.write.lines import MAX_LINES
from saas.kit.errors import BadInput

SEPARATOR = ";"
LOOKED_AT = 1_000  # lines, for the names of the columns
_DEEPEST = 4
_MOST_TEXTS = 100_000  # of one list of objects
Cells = dict[str, str]


class _Wrong(Exception):
    """Why a line is no record; the message is a sentence for people."""


def json_lines_content(text: TextIO, lines: str | None = None) -> Content:
    """Header and records; the columns are those that the first 1,000 lines name.

    With `lines` the list of that name holds the lines of a document: each is a record, with what stands around it.
    """
    records = _records(text, lines)
    first = list(islice(records, LOOKED_AT))
    names = _names([cells for _, cells, _ in first])
    if not names:
        wrong = next((f" Line {line}: {wrong}" for line, _, wrong in first if wrong), "")
        raise BadInput(f"The file holds no JSON object.{wrong}", remedy="Write one in each line.", path=("csv",))
    header = checked_header(names)
    found = chain(first, records)
    return Content(header, (_entry(header, *each) for each in found))


def _names(first: Sequence[Cells]) -> tuple[str, ...]:
    """The columns in their order; none for the null of what is an object in another line."""
    names = dict.fromkeys(name for cells in first for name in cells)
    filled = {name for cells in first for name, text in cells.items() if text}
    objects = {name.rpartition(".")[0] for name in names}
    return tuple(name for name in names if name in filled or name not in objects)


def _entry(header: tuple[str, ...], line: int, cells: Cells, wrong: str) -> Entry:
    return Entry(line, tuple(cells.get(name, "") for name in header), wrong)


def _records(text: TextIO, lines: str | None) -> Iterator[tuple[int, Cells, str]]:
    """Line, cells by column and what is wrong, for each record; empty lines are left out."""
    numbered = Lines(text)
    for number, line in enumerate(numbered, start=1):
        is_empty = not line.strip()
        numbered.record(is_empty=is_empty)
        if is_empty:
            continue
        try:
            found = _read(line)
            for cells in _cells_of(found, lines):
                yield number, cells, ""
        except _Wrong as wrong:
            yield number, {}, str(wrong)


def _read(line: str) -> dict[str, Any]:
    try:
        found = json.loads(
            line, parse_int=str, parse_float=str, parse_constant=_no_number, object_pairs_hook=_without_twins
        )
    except ValueError as error:
        raise _Wrong(f"This is no JSON: {error}.") from None
    except RecursionError:
        raise _Wrong("This is nested too deep.") from None
    if not isinstance(found, dict):
        raise _Wrong("This is no JSON object.")
    return found


def _no_number(name: str) -> Any:
    raise _Wrong(f"{name} is no number.")


def _without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _Wrong("A name stands twice in one object.")
    return found


def _cells_of(record: dict[str, Any], lines: str | None) -> Iterator[Cells]:
    """The record; one for each of its lines, where it has any."""
    below = record.pop(lines, None) if lines else None
    own = _flat(record, "", 0)
    if not below:
        yield own
        return
    if not isinstance(below, list) or not all(isinstance(each, dict) for each in below):
        raise _Wrong(f"{lines} is no list of objects.")
    if len(below) > MAX_LINES:
        raise _Wrong(f"A document has at most {MAX_LINES} lines; {lines} has {len(below):,}.")
    if sum(map(len, own.values())) * len(below) > MAX_LINE:
        raise _Wrong("The document is too long to stand beside each of its lines.")
    for each in below:
        yield own | _flat(each, f"{lines}.", 1)


def _flat(record: Mapping[str, Any], prefix: str, depth: int) -> Cells:
    if depth > _DEEPEST:
        raise _Wrong("This is nested too deep.")
    cells: Cells = {}
    for name, value in record.items():
        _checked(name)
        inside: Cells = {}
        if isinstance(value, dict):
            inside = _flat(value, f"{prefix}{name}.", depth + 1)
        elif isinstance(value, list) and any(isinstance(each, dict) for each in value):
            inside = _listed(value, f"{prefix}{name}.", depth + 1)
        else:
            inside = {f"{prefix}{name}": _text(value, depth)}
        twice = next(iter(cells.keys() & inside), None)
        if twice is not None:
            raise _Wrong(f"{twice[:SHOWN]} stands twice in one object.")
        cells |= inside
    return cells


def _listed(items: Sequence[Any], prefix: str, depth: int) -> Cells:
    """For each name in a list of objects the texts of all of them; null stands for one without any."""
    if not all(each is None or isinstance(each, dict) for each in items):
        raise _Wrong(f"{prefix[:-1][:SHOWN]} lists objects and something else.")
    flat = [_flat(each or {}, "", depth) for each in items]
    names = dict.fromkeys(name for each in flat for name in each)
    if len(names) * len(flat) > _MOST_TEXTS:
        raise _Wrong(f"{prefix[:-1][:SHOWN]} lists too many objects with too many names.")
    return {f"{prefix}{name}": _checked(SEPARATOR.join(each.get(name, "") for each in flat)) for name in names}


def _text(value: Any, depth: int) -> str:
    if depth > _DEEPEST:
        raise _Wrong("This is nested too deep.")
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return _checked(SEPARATOR.join(_text(each, depth + 1) for each in value))
    return _checked(str(value))


def _checked(text: str) -> str:
    """A text that can be kept."""
    if "\0" in text:
        raise _Wrong("A text holds a NUL character.")
    if len(text) > MAX_CELL:
        raise _Wrong(f"A text is longer than {MAX_CELL:,} characters.")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise _Wrong("A text holds half a character (a lone surrogate).") from None
    return text
