"""A script that cannot be run, or does not say what it does, is caught."""

from tests.rules.conftest import Findings

RULE = "scripts-explain-themselves"
SHELL = "#!/usr/bin/env bash\n# Starts the demo.\nset -eu\n"
PYTHON = "#!/usr/bin/env python3\nimport argparse\n"


def test_a_script_that_cannot_be_run_is_refused(findings: Findings) -> None:
    assert findings(RULE, {"scripts/demo": SHELL}) == ["scripts/demo:1: not executable. Run chmod +x on it."]


def test_a_python_script_without_help_is_refused(findings: Findings) -> None:
    files = {"scripts/bench": "#!/usr/bin/env python3\nprint(1)\n"}
    assert findings(RULE, files, executable=("scripts/bench",)) == [
        "scripts/bench:1: has no --help. Read the arguments with argparse."
    ]


def test_a_shell_script_without_its_sentence_is_refused(findings: Findings) -> None:
    files = {"scripts/demo": "#!/bin/sh\nset -eu\n"}
    assert findings(RULE, files, executable=("scripts/demo",)) == [
        "scripts/demo:2: does not say what it does. Begin with a comment of one sentence."
    ]


def test_scripts_that_explain_themselves_pass(findings: Findings) -> None:
    files = {"scripts/demo": SHELL, "scripts/bench": PYTHON, "scripts/README.md": "words", "scripts/rules/a.py": ""}
    assert findings(RULE, files, executable=("scripts/demo", "scripts/bench")) == []


def test_a_script_without_an_interpreter_is_refused(findings: Findings) -> None:
    assert findings(RULE, {"scripts/demo": "set -eu\n"}) == [
        "scripts/demo:1: no interpreter line. Begin with #!/usr/bin/env …"
    ]
