"""CSV as it is found in the world: what can be read is read, what cannot is named by its line."""

import pytest

from saas.kit.errors import BadInput
from tests.transfer.place import sheet


def entries(text: str) -> list[tuple[int, tuple[str, ...], str]]:
    return [(entry.line, entry.cells, entry.wrong) for entry in sheet(text).entries]


def test_quoted_cells_hold_delimiters_quotes_and_line_breaks() -> None:
    assert entries('name,note\r\n"A, ""B""","one\ntwo"\r\nC,d\r\n') == [
        (2, ('A, "B"', "one\ntwo"), ""),
        (4, ("C", "d"), ""),
    ]


@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
def test_the_delimiter_is_recognised_in_the_header(sign: str) -> None:
    assert sheet(f"name{sign}city\nA{sign}B").entries[0].cells == ("A", "B")


def test_a_byte_order_mark_and_spaces_are_no_part_of_the_header() -> None:
    assert sheet("\ufeff name , city\nA,B").header == ("name", "city")


def test_empty_lines_are_left_out_and_lines_keep_their_numbers() -> None:
    assert entries("a,b\n\n1,2\n,\n3,4\n") == [(3, ("1", "2"), ""), (5, ("3", "4"), "")]


def test_a_ragged_line_is_refused_alone() -> None:
    assert entries("a,b\n1\n1,2,3\n1,2,,\n3,4\n") == [
        (2, ("1",), "The line has 1 cells, the header has 2."),
        (3, ("1", "2", "3"), "The line has 3 cells, the header has 2."),
        (4, ("1", "2"), ""),
        (5, ("3", "4"), ""),
    ]


def test_a_quotation_mark_that_is_never_closed_says_what_was_not_read() -> None:
    assert entries('a,b\n1,2\n"3,4\n5,6\n') == [
        (2, ("1", "2"), ""),
        (3, (), "A quotation mark is opened here and never closed. Lines 3 to 4 were not read."),
    ]


def test_a_cell_that_is_too_large_refuses_its_line() -> None:
    found = entries(f"a,b\n{'x' * 140_000},2\n3,4\n")
    assert found == [
        (2, (), "A cell is longer than 131,072 characters: is a quotation mark not closed?"),
        (3, ("3", "4"), ""),
    ]


def test_text_after_a_closing_quote_refuses_its_line() -> None:
    (first, second) = entries('a,b\n"5" pipe,2\n3,4\n')
    assert first[2].startswith("This is no valid CSV")
    assert second == (3, ("3", "4"), "")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "The file is empty."),
        (" \r\n\n", "The file is empty."),
        ("a,b\r\n", "The file has a header and no rows below it."),
        ("a,b\n1,2\nx\0,y\n", "Line 3 holds a NUL byte: this is no CSV file."),
        ('a,"b\n1,2\n', "The header cannot be read: A quotation mark is opened here and never closed."),
    ],
)
def test_what_is_no_table_is_refused_as_a_whole(text: str, message: str) -> None:
    with pytest.raises(BadInput) as caught:
        sheet(text)
    assert caught.value.message.startswith(message)
    assert caught.value.path == ("csv",)


def test_a_header_longer_than_a_cell_may_be_is_refused() -> None:
    with pytest.raises(BadInput, match="A cell is longer than 131,072 characters"):
        sheet("a" * 200_000 + "\n1")


def test_ten_thousand_columns_are_refused() -> None:
    with pytest.raises(BadInput, match=r"The file has 10,000 columns; at most 1,000 are read\. Leave out those"):
        sheet(",".join(f"c{i}" for i in range(10_000)) + "\n1\n")
