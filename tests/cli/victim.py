"""A `saas` command as a process that a test kills at a known place.

A lock that the test holds makes the process wait at that place, and Postgres tells when it is there.
"""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from tests.databases import Cluster
from tests.tenants.place import until

ROOT = Path(__file__).parents[2]
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND wait_event_type = 'Lock'"
AT_WORK = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND usename LIKE 'atrium%%' AND state <> 'idle'"


def saas(*arguments: str) -> Any:
    """What the command says as JSON, once it has succeeded."""
    command = [sys.executable, "-m", "saas", *arguments, "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


class Victim:
    """A command that is to be killed."""

    def __init__(self, cluster: Cluster, *arguments: str) -> None:
        self.cluster = cluster
        command = [sys.executable, "-m", "saas", *arguments]
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def comes_to(self, database: str) -> None:
        """Wait until it waits for the lock that the test holds in the database."""
        until(lambda: self._count(WAITING, database) > 0 or self.process.poll() is not None, "it waits", 60)
        assert self.process.poll() is None, self.process.stdout and self.process.stdout.read()

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate(timeout=20)
        assert self.process.returncode == -signal.SIGKILL

    def is_forgotten(self, *databases: str) -> None:
        """Wait until Postgres has noticed: its transactions are rolled back."""
        until(lambda: not any(self._count(AT_WORK, database) for database in databases), "its sessions have ended")

    def _count(self, query: str, database: str) -> int:
        with psycopg.connect(self.cluster.admin_dsn, autocommit=True) as admin:
            ((found,),) = admin.execute(query, [database]).fetchall()
        return int(found)


@contextmanager
def locked(cluster: Cluster, database: str, statement: str) -> Iterator[None]:
    """Inside, the lock that the statement takes is held in the database."""
    with psycopg.connect(cluster.dsn(database)) as holder:
        holder.execute(statement)
        yield


def killed(cluster: Cluster, database: str, lock: str, *arguments: str) -> None:
    """Have the command killed while it waits for this lock."""
    with locked(cluster, database, lock):
        victim = Victim(cluster, *arguments)
        victim.comes_to(database)
        victim.kill()
    victim.is_forgotten(database)
