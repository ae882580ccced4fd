"""`Any` where the business is written is caught."""

from tests.rules.conftest import Findings


def test_any_is_refused_in_modules(findings: Findings) -> None:
    text = "from typing import Any\ndef f(x: Any) -> None: ...\n"
    assert findings("no-any", {"saas/modules/a.py": text}) == [
        "saas/modules/a.py:2: Any in a module file. Name the type."
    ]


def test_typing_any_is_refused_too(findings: Findings) -> None:
    assert len(findings("no-any", {"saas/modules/a.py": "x: typing.Any = 1\n"})) == 1


def test_the_engine_may_use_it(findings: Findings) -> None:
    assert findings("no-any", {"saas/engine/a.py": "x: Any = 1\n"}) == []
