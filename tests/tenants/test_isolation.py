"""No tenant ever sees another one's data: many clients on few connections, directly and through PgBouncer.

Hundred thousand reads are as many statements, in about ten thousand openings that change the tenant at random.
"""

import os
import random
import shutil
import subprocess
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError, SQLAlchemyError
from sqlalchemy.orm import Session

from saas.cli.embedded.folder import temporary_folder
from saas.cli.embedded.ports import any_free_port
from saas.kit.errors import AtriumError
from saas.tenants.apply import driver_of
from saas.tenants.cells import app_engine, forget_cells
from saas.tenants.database import close_connections
from saas.tenants.session import read_one, reading, writing
from saas.tenants.tenant import Tenant
from tests.databases import APP_PASSWORD
from tests.tenants.place import Place, make_tenant, until, with_settings

CLIENTS, CONNECTIONS, TENANTS = 12, 4, 6
READS = int(os.environ.get("ATRIUM_TEST_READS", "100000"))
AT_ONCE = 12  # reads in one transaction, each a statement of its own that looks its tables up anew
# A read says whose it is in three ways: by two tables that search_path finds, and by the role.
READ = "SELECT (SELECT owner FROM mine), (SELECT tenant_id FROM stamp), current_user::text"
Rows = list[tuple[object, ...]]


@pytest.fixture(scope="module")
def crowd(place: Place) -> list[Tenant]:
    made = [make_tenant(place, f"crowd-{number}") for number in range(TENANTS)]
    for tenant in made:
        place.ask(f'CREATE TABLE "{tenant.schema}".mine (owner uuid)')
        place.ask(f'ALTER TABLE "{tenant.schema}".mine OWNER TO atrium_owner')
        place.ask(f'GRANT SELECT, UPDATE ON "{tenant.schema}".mine TO "{tenant.role}"')
        place.ask(f"INSERT INTO \"{tenant.schema}\".mine VALUES ('{tenant.id}')")
    return made


class _Client(threading.Thread):
    """Comes in as one tenant after the other, in every way there is, and counts what it reads."""

    def __init__(self, tenants: list[Tenant], reads: int, seed: int) -> None:
        super().__init__()
        self.tenants, self.reads, self.random = tenants, reads, random.Random(seed)
        self.seen: Counter[str] = Counter()
        self.openings = 0
        self.error: Exception | None = None

    def run(self) -> None:
        try:
            while self.seen.total() < self.reads:
                tenant = self.random.choice(self.tenants)
                self.openings += 1
                for row in self.random.choice(self.ways())(tenant):
                    is_right = tuple(row) == (tenant.id, tenant.id, tenant.role)
                    self.seen["right" if is_right else "wrong"] += 1
        except (AtriumError, SQLAlchemyError, psycopg.Error) as error:  # told by the test, which waits for this thread
            self.error = error

    def ways(self) -> tuple[Callable[[Tenant], Rows], ...]:
        return (self.one, self.consistent, self.kept, self.failed)

    def one(self, tenant: Tenant) -> Rows:
        return read_one(tenant, READ).rows

    def consistent(self, tenant: Tenant) -> Rows:
        with reading(tenant) as opened:
            return _reads(opened.session, AT_ONCE)

    def kept(self, tenant: Tenant) -> Rows:
        with writing(tenant) as opened:
            opened.session.execute(text("UPDATE mine SET owner = owner"))
            return _reads(opened.session, AT_ONCE)

    def failed(self, tenant: Tenant) -> Rows:
        found: Rows = []
        try:
            with writing(tenant) as opened:
                found += _reads(opened.session, 1)
                with opened.session.begin_nested():
                    opened.session.execute(text("UPDATE mine SET owner = gen_random_uuid()"))
                    raise LookupError
        except LookupError:
            return found


class _Forgetful(_Client):
    """Does what must never be done: takes role and schema for the connection and reads on another."""

    def ways(self) -> tuple[Callable[[Tenant], Rows], ...]:
        return (self.apart,)

    def apart(self, tenant: Tenant) -> Rows:
        engine = app_engine(tenant.cell)
        with engine.connect() as one, engine.connect() as another:
            taken, asked = self.random.sample((one, another), 2)
            taken.exec_driver_sql(f'SET ROLE "{tenant.role}"')
            taken.exec_driver_sql(f'SET search_path TO "{tenant.schema}"')
            try:
                return [tuple(row) for row in asked.exec_driver_sql(READ)]
            except ProgrammingError:  # no role was ever taken on that one: refused, which is no wrong read
                return []


def _reads(session: Session, n: int) -> Rows:
    """So many statements after each other, sent together: each is planned and run by itself."""
    cursor = driver_of(session.connection()).execute("; ".join([READ] * n))
    found = cursor.fetchall()
    while cursor.nextset():
        found += cursor.fetchall()
    return found


def interleave(tenants: list[Tenant], reads: int, way: type[_Client] = _Client) -> Counter[str]:
    """What so many reads saw, and in how many openings."""
    clients = [way(tenants, reads // CLIENTS + 1, seed) for seed in range(CLIENTS)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    errors = [client.error for client in clients if client.error is not None]
    assert errors == []
    openings = Counter(openings=sum(client.openings for client in clients))
    return sum((client.seen for client in clients), openings)


def assert_all_right(seen: Counter[str]) -> None:
    assert seen["wrong"] == 0
    assert seen["right"] >= READS
    assert seen["openings"] >= READS / AT_ONCE


@pytest.mark.slow
def test_clients_on_few_connections_read_their_own(crowd: list[Tenant]) -> None:
    with with_settings(SAAS_POOL_SIZE=str(CONNECTIONS), SAAS_BACKEND_MINUTES="0.01"):
        assert_all_right(interleave(crowd, READS))


@pytest.mark.slow
def test_the_same_through_pgbouncer(crowd: list[Tenant], pgbouncer: int) -> None:
    with with_settings(SAAS_POOL_SIZE=str(CLIENTS)):
        with app_engine("main").connect() as connection:
            assert connection.execute(text("SELECT inet_server_port()")).scalar_one() != pgbouncer
            assert connection.engine.url.port == pgbouncer
        assert_all_right(interleave(crowd, READS))


def test_a_role_that_outlives_its_transaction_is_counted(crowd: list[Tenant]) -> None:
    """So the nought above is worth something."""
    with with_settings(SAAS_POOL_SIZE=str(2 * CLIENTS)):
        assert interleave(crowd, 500, _Forgetful)["wrong"] > 0


def test_a_role_that_outlives_its_transaction_is_counted_through_pgbouncer(crowd: list[Tenant], pgbouncer: int) -> None:
    with with_settings(SAAS_POOL_SIZE=str(2 * CLIENTS)):
        assert app_engine("main").url.port == pgbouncer
        assert interleave(crowd, 500, _Forgetful)["wrong"] > 0


def test_a_qualified_name_without_the_role_is_refused(crowd: list[Tenant], place: Place) -> None:
    dsn = place.cluster.plain_dsn(place.cell).replace("//", f"//atrium_app:{APP_PASSWORD}@")
    with psycopg.connect(dsn, autocommit=True) as connection:
        for tenant in crowd:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(f'SELECT * FROM "{tenant.schema}".stamp')
        with pytest.raises(psycopg.errors.UndefinedTable):
            connection.execute("SELECT * FROM stamp")


def test_a_tenant_cannot_name_anothers_table(crowd: list[Tenant]) -> None:
    mine, other = crowd[:2]
    for statement in ("SELECT * FROM {}.stamp", "UPDATE {}.mine SET owner = owner", "CREATE TABLE {}.more (id int)"):
        with pytest.raises(ProgrammingError, match="permission denied"), writing(mine) as opened:
            opened.session.execute(text(statement.format(f'"{other.schema}"')))


@pytest.fixture
def pgbouncer(place: Place) -> Iterator[int]:
    """PgBouncer in transaction mode before the cell, with as many connections to it; its port."""
    program = shutil.which("pgbouncer") or shutil.which("/usr/sbin/pgbouncer")
    if program is None:
        pytest.skip("pgbouncer is not installed")
    folder, port = temporary_folder("pgbouncer"), any_free_port()
    process = subprocess.Popen([program, *_as_nobody(), str(_configured(folder, place, port))])
    direct = place.cluster.plain_dsn(place.cell)
    pooled = f"postgresql://127.0.0.1:{port}/{place.cell}"
    try:
        until(lambda: _answers(pooled), "PgBouncer answers")
        _readdress(place, pooled)
        yield port
    finally:
        _readdress(place, direct)
        process.terminate()
        process.wait(10)
        shutil.rmtree(folder)


def _configured(folder: Path, place: Place, port: int) -> Path:
    server = psycopg.conninfo.conninfo_to_dict(place.cluster.plain_dsn(place.cell))
    (folder / "users").write_text(f'"atrium_app" "{APP_PASSWORD}"\n')
    (folder / "pgbouncer.ini").write_text(
        f"[databases]\n{place.cell} = host=127.0.0.1 port={server['port']}\n"
        f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n"
        f"auth_type = scram-sha-256\nauth_file = {folder / 'users'}\n"
        f"pool_mode = transaction\ndefault_pool_size = {CONNECTIONS}\nquery_wait_timeout = 60\n"
    )
    folder.chmod(0o755)
    return folder / "pgbouncer.ini"


def _as_nobody() -> list[str]:
    return ["-u", "nobody"] if os.geteuid() == 0 else []


def _answers(dsn: str) -> bool:
    try:
        psycopg.connect(dsn.replace("//", f"//atrium_app:{APP_PASSWORD}@"), connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def _readdress(place: Place, dsn: str) -> None:
    place.ask("UPDATE directory.cell SET dsn = %s WHERE name = 'main'", dsn, database=place.directory)
    close_connections()
    forget_cells()
