"""The embedded Postgres: a cluster of its own in the data folder, on a port of the loopback."""

import os
import shutil
import signal
import subprocess
from pathlib import Path

import psycopg

from saas.cli.embedded.account import Account, hand_over, let_in, make_runnable
from saas.cli.embedded.folder import DataFolder, disk_full
from saas.cli.embedded.ports import LOOPBACK, port_in_use
from saas.cli.embedded.programs import PostgresPrograms
from saas.cli.embedded.supervisor import Child, leashed
from saas.kit.errors import AtriumError, Unavailable

SUPERUSER = "postgres"
_DURABLE = {"fsync": "on"}
# A crash of the machine loses such a cluster; a commit still reaches the system, so killed processes lose nothing.
_THROWAWAY = {"fsync": "off", "full_page_writes": "off"}
_ALWAYS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "max_connections": "200",
    "max_locks_per_transaction": "256",  # one transaction makes the schema of a whole tenant
    "timezone": "UTC",
    "log_timezone": "UTC",
    "password_encryption": "scram-sha-256",
    "max_wal_size": "256MB",
}


def environment() -> dict[str, str]:
    """What the servers see: no PG* variable of the person's, and English messages, which we read."""
    return {"PATH": os.defpath, "LC_ALL": "C.UTF-8", "LC_MESSAGES": "C", "LANGUAGE": "C", "TZ": "UTC"}


def prepare_cluster(
    folder: DataFolder, programs: PostgresPrograms, account: Account, password: str, *, durable: bool
) -> PostgresPrograms:
    """See to it that there is a cluster which the account can run; returns the programs to run it with."""
    let_in(folder.path, account)
    programs = make_runnable(programs, account, folder.path)
    if folder.is_new:
        _make_cluster(folder, programs, account, password, durable=durable)
    _check_version(folder, programs)
    hand_over(folder.postgres, account)
    return programs


def postgres_child(
    folder: DataFolder, programs: PostgresPrograms, account: Account, port: int, password: str, *, durable: bool
) -> Child:
    """The server of the cluster, as a process to keep."""
    settings = _ALWAYS | (_DURABLE if durable else _THROWAWAY)
    options = [f"--{name.replace('_', '-')}={value}" for name, value in settings.items()]
    dsn = admin_dsn(port, password)
    program = str(programs.bin / "postgres")

    def explain(words: str) -> AtriumError | None:
        if "Address already in use" in words:
            return port_in_use(port, "Postgres", "--postgres-port")
        return disk_full(folder.postgres) if "No space left on device" in words else None

    return Child(
        name="postgres",
        command=(*account.prefix, program, "-D", str(folder.postgres), "-p", str(port), *options),
        log=folder.logs / "postgres.log",
        ready=lambda: _answers(dsn),
        environment=environment(),
        uid=account.uid,
        # Fast shutdown: ends the sessions, writes a checkpoint. SIGTERM would wait for the clients.
        stop_signal=signal.SIGINT,
        stop_seconds=30,
        start_seconds=120,  # after a crash the log is replayed first
        explain=explain,
    )


def admin_dsn(port: int, password: str) -> str:
    return f"postgresql://{SUPERUSER}:{password}@{LOOPBACK}:{port}/postgres"


def _make_cluster(
    folder: DataFolder, programs: PostgresPrograms, account: Account, password: str, *, durable: bool
) -> None:
    """Into a folder aside, renamed when it is whole, so that an interrupted start leaves no half a cluster."""
    shutil.rmtree(folder.postgres, ignore_errors=True)
    aside = folder.path / "postgres.partial"
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(mode=0o700)
    secret = folder.path / "postgres.password"
    secret.touch(mode=0o600)
    secret.write_text(password + "\n")
    if account.uid is not None:
        os.chown(aside, account.uid, account.uid)
        os.chown(secret, account.uid, account.uid)
    command = [
        *account.prefix,
        str(programs.bin / "initdb"),
        f"--pgdata={aside}",
        f"--username={SUPERUSER}",
        f"--pwfile={secret}",
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        *_locale(programs.major),
        "--data-checksums",
        *(() if durable else ("--no-sync",)),
    ]
    try:
        _run(command, account, aside)
    except BaseException:
        shutil.rmtree(aside, ignore_errors=True)
        raise
    finally:
        secret.unlink()
    aside.rename(folder.postgres)


def _locale(major: int) -> list[str]:
    # The builtin locale is the same on every machine; pg_trgm sees no letters in Chinese text under "C".
    if major >= 17:
        return ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C.UTF-8"]
    return ["--locale=C.UTF-8"]


def _run(command: list[str], account: Account, target: Path) -> None:
    done = subprocess.run(
        leashed(command, uid=account.uid), capture_output=True, text=True, check=False, env=environment(), cwd="/"
    )
    if done.returncode == 0:
        return
    words = (done.stdout + done.stderr).strip()
    if "No space left on device" in words:
        raise disk_full(target)
    raise Unavailable(f"The cluster in {target} could not be made. initdb said:\n{words}\n")


def _check_version(folder: DataFolder, programs: PostgresPrograms) -> None:
    made_by = (folder.postgres / "PG_VERSION").read_text().strip()
    if made_by != str(programs.major):
        raise Unavailable(
            f"The cluster in {folder.postgres} was made by Postgres {made_by}, and {programs.version} would run it.",
            remedy="Give --data another folder, or install the older version.",
        )


def _answers(dsn: str) -> bool:
    try:
        with psycopg.connect(dsn, connect_timeout=2):  # no tenant: only asks whether the server is there
            return True
    except psycopg.OperationalError:
        return False
