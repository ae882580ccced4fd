"""A file or folder with a name that fits everything is caught."""

import pytest

from tests.rules.conftest import Findings


@pytest.mark.parametrize("path", ["saas/kit/utils.py", "saas/engine/helpers/a.py", "scripts/common.sh", "saas/base.py"])
def test_a_name_that_says_nothing_is_refused(findings: Findings, path: str) -> None:
    (found,) = findings("file-names", {path: ""})
    assert found.startswith(f"{path}:1: the name ")
    assert found.endswith("says nothing. Name the file by the one idea in it.")


def test_a_name_that_says_something_passes(findings: Findings) -> None:
    assert findings("file-names", {"saas/engine/record.py": "", "docs/base.md": ""}) == []
