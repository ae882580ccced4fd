"""PgBouncer runs with our configuration and Atrium works through it; where it is not installed, what can be read is."""

import configparser
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict

from saas.tenants.session import read_one, reading, writing
from tests.databases import APP_PASSWORD, DISPATCHER_PASSWORD, OWNER_PASSWORD, Cluster
from tests.tenants.place import Place, forget_everything, make_tenant, settled_on, with_settings

FILE = Path(__file__).parents[2] / "infra" / "pgbouncer" / "pgbouncer.ini"
PROGRAM = shutil.which("pgbouncer", path=os.environ["PATH"] + ":/usr/sbin")
NOBODY = 65534
needs_pgbouncer = pytest.mark.skipif(PROGRAM is None, reason="pgbouncer is not installed")


def configuration() -> configparser.ConfigParser:
    read = configparser.ConfigParser(comment_prefixes=(";",), interpolation=None)
    read.read_string(FILE.read_text("utf-8"))
    return read


def test_each_transaction_takes_its_own_backend() -> None:
    settings = configuration()["pgbouncer"]
    assert settings["pool_mode"] == "transaction"
    assert settings["auth_type"] == "scram-sha-256"
    assert settings["auth_file"] == "/run/pgbouncer/userlist.txt"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def pooler(cluster: Cluster) -> Iterator[int]:
    """The port of a PgBouncer before this run's Postgres."""
    # Not one of pytest's own folders: they are closed to the ordinary user that it runs as.
    folder = Path(tempfile.mkdtemp(prefix="atrium-pgbouncer-"))
    folder.chmod(0o755)
    users = {"atrium_app": APP_PASSWORD, "atrium_owner": OWNER_PASSWORD, "atrium_dispatcher": DISPATCHER_PASSWORD}
    (folder / "userlist.txt").write_text("".join(f'"{name}" "{password}"\n' for name, password in users.items()))
    given = configuration()
    server, port = conninfo_to_dict(cluster.admin_dsn), free_port()
    given["databases"]["*"] = f"host={server['host']} port={server['port']}"
    here = {"listen_addr": "127.0.0.1", "listen_port": str(port), "auth_file": str(folder / "userlist.txt")}
    given["pgbouncer"].update(here | {"default_pool_size": "2", "min_pool_size": "0"})
    if old():
        del given["pgbouncer"]["max_prepared_statements"]
    with (folder / "pgbouncer.ini").open("w") as file:
        given.write(file)
    as_user = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}
    command = [str(PROGRAM), "-q", str(folder / "pgbouncer.ini")]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stderr=log, **as_user)  # type: ignore[call-overload]  # one of two shapes
    try:
        wait_for(port, process, folder / "log")
        yield port
    finally:
        process.terminate()
        process.wait(10)
        shutil.rmtree(folder)


def old() -> bool:
    """Before 1.21 it knew no prepared statements."""
    told = subprocess.run([str(PROGRAM), "--version"], capture_output=True, text=True, check=True).stdout
    major, minor = told.split()[1].split(".")[:2]
    return (int(major), int(minor)) < (1, 21)


def wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 10
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.02)
        else:
            return


@pytest.fixture(scope="module")
def place(cluster: Cluster) -> Iterator[Place]:
    with settled_on(cluster, "pgbouncer") as settled:
        yield settled


@needs_pgbouncer
def test_two_tenants_share_backends_and_see_only_their_own(place: Place, pooler: int) -> None:
    companies = [make_tenant(place, "first"), make_tenant(place, "second")]
    through = f"postgresql://127.0.0.1:{pooler}"
    place.ask("UPDATE directory.cell SET dsn = %s", f"{through}/{place.cell}", database=place.directory)
    with with_settings(SAAS_DIRECTORY_DSN=f"{through}/{place.directory}"):
        for company in companies:
            with writing(company) as opened:
                opened.session.connection().exec_driver_sql("INSERT INTO note VALUES (1, %s)", (company.slug,))
        for _ in range(20):
            for company in companies:
                assert read_one(company, "SELECT body FROM note").rows == [(company.slug,)]
                with reading(company) as opened:
                    found = opened.session.connection().exec_driver_sql("SELECT body FROM note").all()
                assert found == [(company.slug,)]
    forget_everything()
