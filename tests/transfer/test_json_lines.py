"""JSON Lines: nested values become columns, numbers stay as they are written, a bad line is refused alone."""

import pytest

from saas.engine.transfer.entry import Sheet
from saas.engine.transfer.source import Manner
from saas.kit.errors import BadInput
from tests.transfer.place import sheet


def rows(text: str) -> list[dict[str, str]]:
    table = sheet(text)
    return [dict(zip(table.header, entry.cells, strict=True)) for entry in table.entries if not entry.wrong]


def test_values_are_texts_and_numbers_stay_as_written() -> None:
    text = (
        '{"a":"x","n":12345678901234567890.10,"i":-0,"t":true,"f":false,"nothing":null}\n{"a":"客户","b":"only here"}\n'
    )
    assert rows(text) == [
        {"a": "x", "n": "12345678901234567890.10", "i": "-0", "t": "true", "f": "false", "nothing": "", "b": ""},
        {"a": "客户", "n": "", "i": "", "t": "", "f": "", "nothing": "", "b": "only here"},
    ]


def test_what_is_nested_becomes_columns_and_lists_one_text() -> None:
    tags = '[{"id":1,"name":"hot"},{"id":2,"name":"north"}]'
    text = f'{{"address":{{"city":"Bonn","country":{{"code":"DE"}}}},"tags":{tags},"l":["a","b"]}}'
    assert rows(text) == [
        {"address.city": "Bonn", "address.country.code": "DE", "tags.id": "1;2", "tags.name": "hot;north", "l": "a;b"}
    ]


def test_a_bad_line_is_refused_alone_with_its_number() -> None:
    lines = [
        '{"a":1}',
        "",
        '{"a":',
        "[1]",
        '{"a":1,"a":2}',
        '{"a":NaN}',
        '{"a":"\\u0000"}',
        '{"a":"\\ud800"}',
        '{"a":' * 2_000 + "1" + "}" * 2_000,
        '{"a":{"b":{"c":{"d":{"e":{"f":1}}}}}}',
        '{"a":"' + "x" * 131_073 + '"}',
        '{"a":2}',
    ]
    table = sheet("\n".join(lines))
    assert [(entry.line, entry.wrong.partition(":")[0]) for entry in table.entries] == [
        (1, ""),
        (3, "This is no JSON"),
        (4, "This is no JSON object."),
        (5, "A name stands twice in one object."),
        (6, "NaN is no number."),
        (7, "A text holds a NUL character."),
        (8, "A text holds half a character (a lone surrogate)."),
        (9, "This is nested too deep."),
        (10, "This is nested too deep."),
        (11, "A text is longer than 131,072 characters."),
        (12, ""),
    ]


def test_the_list_of_lines_makes_a_row_of_each() -> None:
    text = '{"no":"A","lines":[{"p":"x","q":1},{"p":"y","q":2}]}\n{"no":"B","lines":[]}\n{"no":"C","lines":[1]}'
    table = _with_lines(text)
    assert table.header == ("no", "lines.p", "lines.q")
    assert [(entry.line, entry.cells, entry.wrong) for entry in table.entries] == [
        (1, ("A", "x", "1"), ""),
        (1, ("A", "y", "2"), ""),
        (2, ("B", "", ""), ""),
        (3, ("", "", ""), "lines is no list of objects."),
    ]


def _with_lines(text: str) -> Sheet:
    return sheet(text, Manner(lines="lines"))


@pytest.mark.parametrize("text", ["{}", "{nothing}\n{at all}", '{"a":' + "\n" * 3])
def test_without_any_object_it_is_refused_as_a_whole(text: str) -> None:
    with pytest.raises(BadInput, match=r"The file holds no JSON object\..* Write one in each line\."):
        sheet(text)
