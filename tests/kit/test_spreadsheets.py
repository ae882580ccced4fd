"""What a spreadsheet would run is written as a text, and read as what it was."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saas.kit.spreadsheets import all_harmless, as_meant, harmless


@pytest.mark.parametrize("text", ["=1+1", "+49 30 1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1", "'=1", "''+1"])
def test_what_would_be_run_gets_a_mark(text: str) -> None:
    assert harmless(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "a=1", "'tis", "O'Hara", "'", "5", "客户"])
def test_what_is_harmless_stays(text: str) -> None:
    assert (harmless(text), as_meant(text)) == (text, text)


@given(st.text(alphabet="'=+-@\t\ra1＝", max_size=8))
def test_what_was_written_is_read_as_it_was(text: str) -> None:
    assert as_meant(harmless(text)) == text
    assert harmless(text)[:1] not in tuple("=+-@\t\r＝")
    assert all_harmless([text, None]) == [harmless(text), None]
