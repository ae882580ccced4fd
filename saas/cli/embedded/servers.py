"""Both servers together: started in a data folder, or not at all where the settings name servers of one's own."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from saas.cli.embedded.account import Account, choose_account
from saas.cli.embedded.folder import DataFolder, Remembered, disk_full, is_disk_full
from saas.cli.embedded.leftover import await_end
from saas.cli.embedded.ports import any_free_port, free_port, is_free
from saas.cli.embedded.postgres import admin_dsn, postgres_child, prepare_cluster
from saas.cli.embedded.programs import PostgresPrograms, postgres_programs, valkey_program, valkey_version
from saas.cli.embedded.supervisor import Supervisor
from saas.cli.embedded.valkey import prepare_valkey, redis_url, valkey_child
from saas.kit.errors import BadConfig, Conflict

Tell = Callable[[str], None]


@dataclass
class Servers:
    """A Postgres and a Valkey that run; `supervisor` takes further children.

    Servers of one's own, named by the settings, are only passed on: then `versions` is empty.
    """

    admin_dsn: str
    redis_url: str
    versions: dict[str, str]
    folder: DataFolder
    remembered: Remembered
    supervisor: Supervisor = field(repr=False)

    def stop(self) -> None:
        """Stop everything, the last started first, and let go of the folder. Harmless when repeated."""
        self.supervisor.stop()
        self.folder.release()

    def remember(self, **settings: str) -> None:
        """Keep settings (such as passwords of the cluster's roles) for the next start in this folder."""
        self.remembered.settings.update(settings)
        self.folder.remember(self.remembered)


def given_servers(data: Path, environment: Mapping[str, str], *, tell: Tell = lambda _: None) -> Servers | None:
    """The servers that SAAS_* settings name, or None where they name none; half of them is a mistake."""
    wanted = ("SAAS_DIRECTORY_DSN", "SAAS_REDIS_URL")
    missing = [name for name in wanted if not environment.get(name)]
    if len(missing) == len(wanted):
        return None
    if missing:
        raise BadConfig(
            f"{missing[0]} is not set, though the other of {' and '.join(wanted)} is.",
            remedy="Set both to use servers of your own, or neither to have them started.",
        )
    folder = DataFolder(data).hold(for_cluster=False)
    return Servers(
        admin_dsn=environment.get("SAAS_ADMIN_DSN", ""),
        redis_url=environment["SAAS_REDIS_URL"],
        versions={},
        folder=folder,
        remembered=folder.remembered(),
        supervisor=Supervisor(tell),
    )


def start_servers(
    data: Path,
    *,
    port: int | None = None,
    durable: bool = True,
    programs: PostgresPrograms | None = None,
    account: Account | None = None,
    tell: Tell = lambda _: None,
) -> Servers:
    """Start both in `data`; `port` is Postgres's. Not `durable`: nothing is forced to the disk, for tests."""
    programs, valkey = programs or postgres_programs(), valkey_program()
    account = account or choose_account()
    folder = DataFolder(data).hold()
    supervisor = Supervisor(tell)
    try:
        # A run that was killed may have left them on their way down.
        await_end(folder.postgres, "postmaster.pid")
        await_end(folder.valkey, "valkey.pid")
        folder.forget_unfinished()
        remembered = folder.remembered()
        folder.remember(remembered)
        programs = prepare_cluster(folder, programs, account, remembered.postgres_password, durable=durable)
        _start_postgres(folder, supervisor, remembered, programs, account, port, durable=durable)
        _start_valkey(folder, supervisor, remembered, valkey, durable=durable)
        folder.remember(remembered)
    except BaseException as error:
        supervisor.stop()
        folder.release()
        if isinstance(error, OSError) and is_disk_full(error):
            raise disk_full(folder.path) from None
        raise
    return Servers(
        admin_dsn=admin_dsn(remembered.postgres_port or 0, remembered.postgres_password),
        redis_url=redis_url(remembered.valkey_port or 0, remembered.valkey_password),
        versions={"postgres": programs.version, "valkey": valkey_version(valkey)},
        folder=folder,
        remembered=remembered,
        supervisor=supervisor,
    )


@contextmanager
def servers(
    data: Path, *, port: int | None = None, durable: bool = True, tell: Tell = lambda _: None
) -> Iterator[Servers]:
    """Both servers, for the time of the block."""
    running = start_servers(data, port=port, durable=durable, tell=tell)
    try:
        yield running
    finally:
        running.stop()


def _start_postgres(
    folder: DataFolder,
    supervisor: Supervisor,
    remembered: Remembered,
    programs: PostgresPrograms,
    account: Account,
    port: int | None,
    *,
    durable: bool,
) -> None:
    chosen = free_port(port, "Postgres", "--postgres-port") if port else _again(remembered.postgres_port)
    for attempt in range(3):
        child = postgres_child(folder, programs, account, chosen, remembered.postgres_password, durable=durable)
        try:
            supervisor.start(child)
            break
        except Conflict:
            # Somebody took the port between our look and the start: only a port that was asked for is an error.
            if port or attempt == 2:
                raise
            chosen = any_free_port()
    remembered.postgres_port = chosen


def _start_valkey(
    folder: DataFolder, supervisor: Supervisor, remembered: Remembered, program: Path, *, durable: bool
) -> None:
    chosen = _again(remembered.valkey_port)
    for attempt in range(3):
        prepare_valkey(folder, chosen, remembered.valkey_password, durable=durable)
        try:
            supervisor.start(valkey_child(folder, program, chosen, remembered.valkey_password))
            break
        except Conflict:
            if attempt == 2:
                raise
            chosen = any_free_port()
    remembered.valkey_port = chosen


def _again(port: int | None) -> int:
    """The port of the last run, which other settings may name, or another one where that is taken."""
    return port if port and is_free(port) else any_free_port()
