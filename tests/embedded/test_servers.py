"""The embedded servers start, keep what they are given, refuse with reasons, and go."""

import json
import os
import signal
import socket
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest

from saas.cli.embedded.account import Account
from saas.cli.embedded.ports import any_free_port
from saas.cli.embedded.programs import PostgresPrograms, every_postgres
from saas.cli.embedded.servers import Servers, given_servers, servers, start_servers
from saas.cli.embedded.valkey import answers
from saas.kit.errors import BadConfig, Conflict
from tests.embedded.conftest import is_running, until

# A supervisor to kill: starts both servers, says where they are, and waits.
SUPERVISOR = """
import json, sys, threading
from pathlib import Path
from saas.cli.embedded.account import Account
from saas.cli.embedded.servers import start_servers
account = Account(uid=int(sys.argv[2])) if len(sys.argv) > 2 else None
s = start_servers(Path(sys.argv[1]), account=account, durable=False)
print(json.dumps({"dsn": s.admin_dsn, "pids": [s.supervisor.pid(name) for name in s.supervisor.names()]}), flush=True)
threading.Event().wait()
"""


def ask(running: Servers, query: str) -> Any:
    with psycopg.connect(running.admin_dsn) as connection:
        return connection.execute(query).fetchall()


def is_up(running: Servers) -> bool:
    try:
        return bool(ask(running, "SELECT 1"))
    except psycopg.OperationalError:
        return False


def valkey_is_up(running: Servers) -> bool:
    return answers(running.remembered.valkey_port or 0, running.remembered.valkey_password)


# Nothing here needs the disk to keep its word: processes are killed, the machine goes on.
quick = partial(servers, durable=False)


def test_both_answer_inside_the_block_and_are_gone_after_it(data: Path) -> None:
    with servers(data) as running:
        pids = [running.supervisor.pid(name) for name in ("postgres", "valkey")]
        assert ask(running, "SELECT datcollate, datctype, pg_encoding_to_char(encoding) FROM pg_database LIMIT 1") == [
            ("C.UTF-8", "C.UTF-8", "UTF8")
        ]
        assert ask(running, "SELECT current_setting('fsync'), current_setting('data_checksums')") == [("on", "on")]
        assert valkey_is_up(running)
    assert [is_running(pid) for pid in pids] == [False, False]


def test_a_wrong_password_is_refused_by_both(data: Path) -> None:
    with quick(data) as running:
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(running.admin_dsn.replace(running.remembered.postgres_password, "guess"))
        assert not answers(running.remembered.valkey_port or 0, "guess")


def test_the_second_start_finds_data_settings_and_ports_again(data: Path) -> None:
    with quick(data) as first:
        with psycopg.connect(first.admin_dsn) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 1 AS number")
        first.remember(app_password="kept too")
    with quick(data) as second:
        assert ask(second, "SELECT number FROM kept") == [(1,)]
        assert second.remembered.settings == {"app_password": "kept too"}
        assert (second.admin_dsn, second.redis_url) == (first.admin_dsn, first.redis_url)


@pytest.mark.parametrize("programs", list(every_postgres()), ids=lambda programs: programs.version)
def test_every_postgres_that_is_found_can_be_used(data: Path, programs: PostgresPrograms) -> None:
    running = start_servers(data, programs=programs, durable=False)
    try:
        assert ask(running, "SELECT current_setting('server_version_num')::int / 10000") == [(programs.major,)]
        assert ask(running, "SELECT lower('Ä户') = 'ä户'") == [(True,)]
    finally:
        running.stop()


def test_a_postgres_that_is_killed_comes_back_with_its_data(data: Path, account: Account) -> None:
    told: list[str] = []
    running = start_servers(data, durable=False, account=account, tell=told.append)
    try:
        with psycopg.connect(running.admin_dsn) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 1 AS number")
        os.kill(killed := running.supervisor.pid("postgres"), signal.SIGKILL)
        until(lambda: running.supervisor.pid("postgres") != killed and is_up(running), "Postgres is back")
        assert ask(running, "SELECT number FROM kept") == [(1,)]
        assert told[0] == "postgres was ended by SIGKILL; started again in 0.1 s"
    finally:
        running.stop()


def test_a_valkey_that_is_killed_comes_back(data: Path) -> None:
    with quick(data) as running:
        os.kill(killed := running.supervisor.pid("valkey"), signal.SIGKILL)
        until(lambda: running.supervisor.pid("valkey") != killed and valkey_is_up(running), "Valkey is back")


def test_a_killed_supervisor_takes_both_down_and_the_next_start_finds_all(data: Path, account: Account) -> None:
    arguments = [str(data)] if account.uid is None else [str(data), str(account.uid)]
    with subprocess.Popen([sys.executable, "-c", SUPERVISOR, *arguments], stdout=subprocess.PIPE, text=True) as killed:
        assert killed.stdout is not None
        said = json.loads(killed.stdout.readline())
        with psycopg.connect(said["dsn"]) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 1 AS number")
        killed.kill()
    # At once, while the old servers may still be going down.
    running = start_servers(data, durable=False, account=account)
    try:
        assert [is_running(pid) for pid in said["pids"]] == [False, False]
        assert ask(running, "SELECT number FROM kept") == [(1,)]
    finally:
        running.stop()


def test_a_killed_supervisor_leaves_nothing_running(data: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", SUPERVISOR, str(data)], stdout=subprocess.PIPE, text=True) as killed:
        assert killed.stdout is not None
        pids = json.loads(killed.stdout.readline())["pids"]
        killed.kill()
    until(lambda: not any(is_running(pid) for pid in pids), "both servers are gone")
    assert "database system is shut down" in (data / "logs" / "postgres.log").read_text()


def test_the_id_of_a_killed_postgres_may_belong_to_another_process_by_now(data: Path) -> None:
    with quick(data):
        pass
    with subprocess.Popen(["sleep", "60"]) as other:
        (data / "postgres" / "postmaster.pid").write_text(f"{other.pid}\n{data / 'postgres'}\n1\n1\n\n127.0.0.1\n")
        with quick(data) as running:
            assert is_up(running)
        other.kill()


def test_one_folder_serves_one_run(data: Path) -> None:
    with (
        quick(data),
        pytest.raises(Conflict, match=rf"in use by another run \(process {os.getpid()}\). Stop that one"),
    ):
        start_servers(data)


def test_a_port_in_use_is_told_and_nothing_stays(data: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(Conflict, match=f"Port {port} on 127.0.0.1, which Postgres was to listen on, is in use"):
            start_servers(data, port=port)
    with quick(data, port=port) as running:
        assert running.remembered.postgres_port == port


def test_a_remembered_port_that_was_taken_meanwhile_is_replaced(data: Path) -> None:
    with quick(data) as first:
        pass
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", first.remembered.postgres_port or 0))
        taken.listen()
        with quick(data) as second:
            assert second.remembered.postgres_port != first.remembered.postgres_port
            assert is_up(second)


def test_a_folder_that_cannot_be_written_is_told(data: Path) -> None:
    data.write_text("a file where the folder should be")
    with pytest.raises(BadConfig, match=r"data cannot be written: .* Give --data a folder of your own"):
        start_servers(data)


def test_a_cluster_of_another_version_is_told_apart(data: Path) -> None:
    with quick(data):
        pass
    (data / "postgres" / "PG_VERSION").write_text("14\n")
    with pytest.raises(Exception, match=r"was made by Postgres 14, and 1\d\.\d+ would run it"):
        start_servers(data)


def test_an_interrupted_first_start_is_begun_anew(data: Path) -> None:
    (data / "postgres.partial" / "base").mkdir(parents=True)
    (data / "postgres").mkdir()
    (data / "postgres" / "half").write_text("of a cluster")
    with quick(data) as running:
        assert is_up(running)
    assert not (data / "postgres.partial").exists()


def fill_half(running: Servers) -> None:
    with running.folder.filling():
        with psycopg.connect(running.admin_dsn) as connection:
            connection.execute("CREATE TABLE half AS SELECT 1 AS number")
        raise LookupError("the power went")


def test_a_first_filling_that_was_interrupted_is_begun_anew(data: Path) -> None:
    with quick(data) as running, pytest.raises(LookupError):
        fill_half(running)
    with quick(data) as again:
        assert ask(again, "SELECT to_regclass('half')") == [(None,)]
        with again.folder.filling(), psycopg.connect(again.admin_dsn) as connection:
            connection.execute("CREATE TABLE whole AS SELECT 1 AS number")
    with quick(data) as third:
        assert ask(third, "SELECT number FROM whole") == [(1,)]


def test_where_the_settings_name_servers_none_is_started(data: Path) -> None:
    port = any_free_port()
    environment = {"SAAS_DIRECTORY_DSN": f"postgresql://127.0.0.1:{port}/d", "SAAS_REDIS_URL": "redis://127.0.0.1:1/0"}
    given = given_servers(data, environment)
    assert given is not None
    assert given.supervisor.names() == []
    assert (given.redis_url, given.versions) == ("redis://127.0.0.1:1/0", {})
    assert not (data / "postgres").exists()
    given.stop()


def test_half_of_the_settings_is_a_mistake(data: Path) -> None:
    with pytest.raises(BadConfig, match="SAAS_DIRECTORY_DSN is not set"):
        given_servers(data, {"SAAS_REDIS_URL": "redis://127.0.0.1:1/0"})
    assert given_servers(data, {}) is None
