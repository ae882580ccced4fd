"""Addresses of registries and paths of one machine are caught in every kind of file."""

import pytest

from tests.rules.conftest import Findings


@pytest.mark.parametrize(
    "line",
    [
        "--index-" + "url https://example.org/simple",
        "pip install --extra-index-" + "url https://example.org/simple x",
        "--find-" + "links wheels",
        '      "resolved"' + ': "https://example.org/a.tgz",',
        "see https://py" + "pi.org/project/x",
        'DATA = "/ho' + 'me/anna/data"',
        "cd /wo" + "rk/main",
        "PATH=/ro" + "ot/bin",
    ],
)
def test_an_address_is_refused(findings: Findings, line: str) -> None:
    (found,) = findings("no-addresses", {"some/file.txt": f"first\n{line}\n"})
    assert found.startswith("some/file.txt:2: ")


@pytest.mark.parametrize("line", ["https://example.org/home/page", "../work/x", "hashes: sha256:abc", "var/root/x"])
def test_other_lines_pass(findings: Findings, line: str) -> None:
    assert findings("no-addresses", {"some/file.txt": line}) == []
