"""A file without its sentence is caught."""

from tests.rules.conftest import Findings


def test_no_docstring_is_refused(findings: Findings) -> None:
    assert findings("docstrings", {"saas/a.py": "x = 1\n"}) == [
        "saas/a.py:1: no docstring. Begin the file with one sentence on what it is for."
    ]


def test_a_heading_is_no_sentence(findings: Findings) -> None:
    assert findings("docstrings", {"saas/a.py": '"""Things"""\n'}) == [
        "saas/a.py:1: the docstring's first paragraph is no sentence. End it with a full stop."
    ]


def test_a_sentence_passes_and_so_does_an_empty_file(findings: Findings) -> None:
    assert findings("docstrings", {"saas/a.py": '"""A thing.\n\nMore"""\n', "tests/__init__.py": "\n"}) == []
