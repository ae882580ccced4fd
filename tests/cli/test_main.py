"""`saas --help` is quick and complete."""

import subprocess
import sys

import pytest

from saas.cli.main import COMMANDS, run


def test_help_names_every_command_and_reads_none(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--help"]) == 0
    shown = capsys.readouterr().out
    assert [name for name, (_, what) in COMMANDS.items() if f"  {name} " not in shown or what not in shown] == []
    program = "import sys; from saas.cli.main import run; run(['--help']); sys.exit('sqlalchemy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], stdout=subprocess.DEVNULL, check=False).returncode == 0


@pytest.mark.parametrize("name", [*COMMANDS, "tenant apply", "tenant migrate"])
def test_every_command_explains_itself(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*name.split(), "--help"]) == 0
    assert capsys.readouterr().out.startswith(f"Usage: saas {name} ")


def test_without_a_command_it_shows_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([]) == 2
    assert capsys.readouterr().err.startswith("Usage: saas")
