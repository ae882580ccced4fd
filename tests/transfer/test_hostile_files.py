"""Files that nobody writes by accident: each is answered soon and with a sentence, in bounded memory."""

import io
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import repeat
from typing import Any

import pytest

from saas.engine.scope import open_scope
from saas.engine.transfer import rows, sheet, stage
from saas.engine.transfer.decode import encoding_of
from saas.engine.transfer.entry import Entry
from saas.engine.transfer.headings import plain, unit_in
from saas.engine.transfer.mapping import mapping_from
from saas.engine.transfer.meant import MOST_LETTERS
from saas.engine.transfer.plan import plan_for
from saas.engine.transfer.rows import START, next_lines
from saas.engine.transfer.source import Manner, content_of
from saas.engine.transfer.stage import Stage
from saas.kit.errors import BadInput
from tests.transfer.place import begin, bring, sentences, tally
from tests.transfer.place import sheet as read
from tests.world import World

PRODUCT = {"object": "product", "columns": {"code": "code", "name": "name"}}
LONG = 131_072  # characters of a cell


@contextmanager
def soon() -> Iterator[None]:
    """What takes time with the square of the length would take minutes."""
    began = time.monotonic()
    yield
    assert time.monotonic() - began < 5


def told(content: bytes, **manner: Any) -> str:
    """Why a file is refused."""
    with pytest.raises(BadInput) as refused:
        list(content_of(io.BytesIO(content), Manner(**manner)).entries)
    return str(refused.value)


def test_an_amount_of_blanks_is_no_amount(world: World) -> None:
    text = f"name,revenue\nBlank,EUR{' ' * (LONG - 10)}1 x\n"
    mapping = {"object": "customer", "key": ["name"], "columns": {"name": "name", "annualRevenue": "revenue"}}
    with soon():
        counts, issues = bring(world.garage.tenant, text, mapping)
    assert tally(counts) == {"rows": 1, "refused": 1}
    assert [(issue.line, issue.code, issue.field) for issue in issues] == [(2, "BAD_INPUT", "annualRevenue")]


def test_an_amount_without_a_number_is_told_as_it_stands_there(world: World) -> None:
    mapping = {"object": "customer", "key": ["name"], "columns": {"name": "name", "annualRevenue": "revenue"}}
    _, issues = bring(world.garage.tenant, "name,revenue\nNone,NaN\n", mapping)
    assert sentences(issues) == ["2 error BAD_INPUT Annual revenue: “NaN” is no number."]


def test_a_heading_of_brackets_is_none() -> None:
    with soon():
        assert (plain("(" * LONG), unit_in("[" * LONG)) == ("", "")


def test_a_long_text_is_compared_with_no_name(world: World) -> None:
    text = "name,customer\n" + "".join(f"Far {i},{chr(97 + i) * (MOST_LETTERS + 1)}\n" for i in range(3))
    mapping = {"object": "opportunity", "key": ["name"], "columns": {"name": "name", "customer": "customer"}}
    counts, issues = bring(world.garage.tenant, text, mapping)
    assert tally(counts) == {"rows": 3, "refused": 3}
    assert not [issue for issue in issues if "meant" in issue.message]


def test_many_different_characters_are_counted_once() -> None:
    text = "".join(map(chr, range(0x20000, 0x20000 + 0xFFFF))) * 8
    with soon(), pytest.raises(BadInput, match="neither UTF-8 nor GB 18030"):
        encoding_of(io.BytesIO(text.encode("gb18030")))


@pytest.mark.parametrize(("encoding", "content"), [("utf-7", b"a\n+2AA-\n"), ("unicode_escape", b"a\n\\ud800\n")])
def test_half_a_character_is_refused_with_its_line(encoding: str, content: bytes) -> None:
    assert told(content, encoding=encoding).startswith("Line 2 holds half a character (a lone surrogate).")


def test_empty_lines_without_end_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheet, "MAX_EMPTY", 3)
    assert told(b"\n" * 4 + b"a,b\n1,2\n").startswith("More than 3 empty lines end in line 4.")
    assert told(b"a,b\n1,2\n" + b",\n" * 4).startswith("More than 3 empty lines end in line 6.")
    again = content_of(io.BytesIO(b"\n\n\na,b\n" + b"1,2\n\n\n\n" * 3), Manner())
    assert [entry.line for entry in again.entries] == [5, 9, 13]


def test_a_row_that_goes_on_over_lines_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheet, "MAX_LINE", 100)
    assert told(b'a,b\n1,2\n"' + b'x\n","' * 40 + b'"\n').startswith(
        "The row that ends in line 23, or further on, has more than 100 characters."
    )


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ('{"a":' + "[" * 600 + "]" * 600 + "}", "This is nested too deep."),
        ('{"a.b":1,"a":{"b":2}}', "a.b stands twice in one object."),
        ('{"a":[{"b":1},2]}', "a lists objects and something else."),
        (
            '{"a":[' + ",".join(f'{{"n{i}":1}}' for i in range(400)) + "]}",
            "a lists too many objects with too many names.",
        ),
    ],
)
def test_json_is_neither_lost_nor_multiplied(line: str, wrong: str) -> None:
    assert [entry.wrong for entry in read(f'{{"a":1}}\n{line}').entries] == ["", wrong]


def test_lines_do_not_multiply_their_document() -> None:
    manner = Manner(lines="lines")
    many = '{"no":"A","lines":[' + ",".join(['{"p":1}'] * 501) + "]}"
    long = '{"no":"' + "x" * 100_000 + '","lines":[' + ",".join(['{"p":1}'] * 50) + "]}"
    assert [entry.wrong for entry in read(f'{{"no":"B","lines":[{{"p":1}}]}}\n{many}\n{long}', manner).entries] == [
        "",
        "A document has at most 500 lines; lines has 501.",
        "The document is too long to stand beside each of its lines.",
    ]


def test_a_statement_holds_so_many_characters_and_so_do_all(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stage, "_SIZE_AT_ONCE", 50)
    sent: list[int] = []

    def insert(_session: object, _table: object, some: list[object]) -> None:
        sent.append(len(some))

    monkeypatch.setattr(stage, "insert_rows", insert)
    mapping = mapping_from(PRODUCT)
    put = Stage(world.garage.ada.id, plan_for(mapping, ("code", "name")))
    entries = (Entry(line, ("c" * 10, "n" * 10)) for line in range(2, 12))
    with open_scope(world.garage.tenant, None, write=True) as scope:
        assert put.take(scope, entries, 8) == 8
        assert sent == [3, 3, 2]
        assert next(entries).line == 10
        monkeypatch.setattr(stage, "MAX_CHARACTERS", 1_000)
        with pytest.raises(BadInput, match="rows up to line 7 come to more than 1,000 characters"):
            put.take(scope, repeat(Entry(7, ("x" * 100,) * 2)), 100)


def test_long_rows_are_written_fewer_at_a_time(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "MAX_BYTES", 100)
    text = "code,name\n" + "".join(f"lr{i},{'n' * 40}\n" for i in range(7))
    run_id, plan = begin(world.garage.tenant, text, PRODUCT), plan_for(mapping_from(PRODUCT), ("code", "name"))
    place, found = START, list[list[int]]()
    with open_scope(world.garage.tenant, None, write=False) as scope:
        while some := next_lines(scope, run_id, plan, place, 500):
            found.append([line.number for line in some])
            place = some[-1].place
    assert found == [[2, 3, 4], [5, 6, 7], [8]]


def test_a_long_document_is_not_cut(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "MAX_BYTES", 20)
    columns = {"code": "no", "name": "name"}
    mapping = {"object": "opportunity", "columns": columns, "lines": {"columns": {"product": "product"}}}
    text = "no,name,product\n" + "D1,Deal,Nothing\n" * 3 + "D2,Deal,Nothing\n"
    counts, issues = bring(world.garage.tenant, text, mapping)
    assert tally(counts) == {"rows": 4, "refused": 4}
    assert [line.partition(" Product")[0] for line in sentences(issues)] == [
        f"{i} error NOT_FOUND" for i in range(2, 6)
    ]
