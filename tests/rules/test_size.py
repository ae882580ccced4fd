"""Long files and long functions are caught; comments, docstrings and empty lines do not count."""

from tests.rules.conftest import Findings


def test_a_file_of_351_lines_of_code_is_refused(findings: Findings) -> None:
    assert findings("size", {"saas/a.py": "x = 1\n" * 351}) == [
        "saas/a.py:1: 351 lines of code, the limit is 350. Give a second idea its own file."
    ]


def test_350_lines_of_code_pass_however_much_is_said_about_them(findings: Findings) -> None:
    text = '"""A word.\n\nAnd another.\n"""\n' + "# why\n\nx = 1\n" * 350
    assert findings("size", {"saas/a.py": text}) == []


def test_a_test_file_may_have_400(findings: Findings) -> None:
    assert findings("size", {"tests/test_a.py": "x = 1\n" * 400}) == []
    assert len(findings("size", {"tests/test_a.py": "x = 1\n" * 401})) == 1


def test_a_function_of_41_lines_is_refused(findings: Findings) -> None:
    text = "y = 0\ndef long():\n" + "    x = 1\n" * 40
    assert findings("size", {"saas/a.py": text}) == [
        "saas/a.py:2: long() has 41 lines of code, the limit is 40. Name its steps."
    ]


def test_a_docstring_does_not_make_a_function_long(findings: Findings) -> None:
    text = 'def f():\n    """One.\n\n    Two.\n    """\n' + "    x = 1\n" * 39
    assert findings("size", {"saas/a.py": text}) == []


def test_a_revision_is_as_long_as_its_tables(findings: Findings) -> None:
    assert findings("size", {"migrations/tenant/versions/0002_tables.py": "x = 1\n" * 900}) == []
