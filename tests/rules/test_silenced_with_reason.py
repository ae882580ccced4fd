"""A check silenced without code or reason is caught."""

import pytest

from tests.rules.conftest import Findings

SILENCE = "# no" + "qa"
IGNORE = "# type" + ": ignore"


@pytest.mark.parametrize(
    "comment",
    [
        SILENCE,
        f"{SILENCE}: S608",
        f"{SILENCE} because I say so",
        IGNORE,
        f"{IGNORE}[arg-type]",
        f"{IGNORE}  # the stub is old",
        f"{IGNORE}[arg-type]  {SILENCE}: S608",
    ],
)
def test_an_unexplained_silence_is_refused(findings: Findings, comment: str) -> None:
    found = findings("silenced-with-reason", {"saas/a.py": f"x = 1  {comment}\n"})
    assert found
    assert all(each.startswith("saas/a.py:1: silenced without code and reason.") for each in found)


@pytest.mark.parametrize(
    "comment",
    [
        f"{SILENCE}: S608  # names are validated",
        f"{SILENCE}: S608, E501 - names are validated",
        f"{IGNORE}[arg-type]  # the stub is old",
        f"{IGNORE}[arg-type]  {SILENCE}: S608  # the stub is old, names are validated",
        "# an ordinary comment",
    ],
)
def test_an_explained_silence_passes(findings: Findings, comment: str) -> None:
    assert findings("silenced-with-reason", {"saas/a.py": f"x = 1  {comment}\n"}) == []


def test_a_string_silences_nothing(findings: Findings) -> None:
    assert findings("silenced-with-reason", {"saas/a.py": f'x = "{SILENCE}"\n'}) == []
