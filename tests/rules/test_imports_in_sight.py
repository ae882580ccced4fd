"""Hidden imports are caught."""

from tests.rules.conftest import Findings


def test_type_checking_is_refused_in_both_spellings(findings: Findings) -> None:
    text = "import typing\nif typing.TYPE_CHECKING:\n    import a\nif TYPE_CHECKING:\n    import b\n"
    assert findings("imports-in-sight", {"saas/engine/a.py": text}) == [
        "saas/engine/a.py:2: TYPE_CHECKING hides an import. Import it, or turn the dependency round.",
        "saas/engine/a.py:4: TYPE_CHECKING hides an import. Import it, or turn the dependency round.",
    ]


def test_an_import_in_a_function_of_a_module_is_refused(findings: Findings) -> None:
    text = "def f():\n    from saas.modules import b\n"
    assert findings("imports-in-sight", {"saas/modules/a.py": text}) == [
        "saas/modules/a.py:2: import inside f(). Put it at the top; a cycle wants an event instead."
    ]


def test_a_command_may_import_when_it_runs(findings: Findings) -> None:
    assert findings("imports-in-sight", {"saas/cli/a.py": "def f():\n    import uvicorn\n"}) == []


def test_an_import_at_the_top_passes(findings: Findings) -> None:
    assert findings("imports-in-sight", {"saas/modules/a.py": "from saas.engine import record\n"}) == []
