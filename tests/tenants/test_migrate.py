"""The migration runner: nothing twice, nothing half, in the presence of readers, other runners and kill -9."""

import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from saas.kit.errors import BadConfig, NotFound
from saas.tenants.branches import TENANT, Branch
from saas.tenants.directory import tenant_by_slug
from saas.tenants.migrate import Report, Target, migrate, plan
from saas.tenants.migration_plan import SPARE
from saas.tenants.provision import fill_pool
from saas.tenants.tenant import Tenant
from tests.databases import Cluster
from tests.tenants.place import Place, settled_on, until

FIRST, NEXT = 1, 2
REVISION = '''"""A column more."""
from alembic import op

revision = "{number:04}"
down_revision = "{before:04}"
check = "{check}"


def upgrade() -> None:
{body}
'''
COLUMN = "SELECT count(*) = 1 FROM information_schema.columns WHERE table_schema = current_schema() AND"


@pytest.fixture(scope="module")
def empty(cluster: Cluster) -> Iterator[Place]:
    with settled_on(cluster, "migrate") as settled:
        yield settled


@pytest.fixture
def place(empty: Place) -> Iterator[Place]:
    """Without tenants and spares: what is behind is counted."""
    yield empty
    empty.ask("DELETE FROM directory.tenant", database=empty.directory)
    empty.ask("DELETE FROM directory.spare", database=empty.directory)
    for (schema,) in empty.ask("SELECT nspname FROM pg_namespace WHERE nspname LIKE %s", "t\\_%"):
        empty.ask(f'DROP SCHEMA "{schema}" CASCADE')


@pytest.fixture
def first(tmp_path: Path) -> Branch:
    """A tenants' branch with the stamp only, so that many schemas are made quickly."""
    (tmp_path / "versions").mkdir()
    shutil.copy(TENANT.folder / "versions" / "0001_stamp.py", tmp_path / "versions")
    return Branch("tenant", tmp_path)


class Makes:
    """Makes tenants and spares at the first revision."""

    def __init__(self, place: Place, first: Branch) -> None:
        self.place, self.first = place, first

    def spares(self, n: int) -> None:
        fill_pool("main", n, branch=self.first)

    def tenants(self, *slugs: str) -> list[Tenant]:
        for slug in slugs:
            self.spares(1)
            self.place.ask(
                "WITH one AS (DELETE FROM directory.spare RETURNING *) INSERT INTO directory.tenant SELECT id, %s, %s,"
                " cell, schema, 'active', schema_version, 'CNY', 'Asia/Shanghai', 'zh', created_at FROM one",
                slug,
                slug,
                database=self.place.directory,
            )
        return [tenant_by_slug(slug) for slug in slugs]


@pytest.fixture
def make(place: Place, first: Branch) -> Makes:
    return Makes(place, first)


@contextmanager
def held(place: Place, *busy: Tenant | Target) -> Iterator[None]:
    """Inside, somebody reads their stamps in an open transaction."""
    with psycopg.connect(place.cluster.dsn(place.cell)) as reader:
        for each in busy:
            reader.execute(f'SELECT * FROM "{each.schema}".stamp')
        yield


@pytest.fixture
def branch(first: Branch) -> Branch:
    """The same with one more revision: `stamp` gets a column."""
    copied = first.folder / "next"
    shutil.copytree(first.folder / "versions", copied / "versions", ignore=shutil.ignore_patterns("__pycache__"))
    return with_revision(Branch("tenant", copied), "ALTER TABLE stamp ADD COLUMN extra int")


def with_revision(branch: Branch, *statements: str, check: str = f"{COLUMN} column_name = 'extra'") -> Branch:
    number = Branch("tenant", branch.folder).head + 1
    body = "\n".join(f"    op.execute({statement!r})" for statement in statements)
    (branch.folder / "versions" / f"{number:04}_more.py").write_text(
        REVISION.format(number=number, before=number - 1, check=check, body=body)
    )
    return Branch("tenant", branch.folder)


def versions(place: Place) -> dict[str, tuple[int, bool]]:
    """Per schema its version and whether it has the new column."""
    schemas = [row[0] for row in place.ask("SELECT nspname FROM pg_namespace WHERE nspname LIKE %s", "t\\_%")]
    each = (
        f"SELECT '{schema}', schema_version, EXISTS (SELECT FROM pg_attribute"
        f" WHERE attrelid = '{schema}.stamp'::regclass AND attname = 'extra') FROM {schema}.stamp"
        for schema in schemas
    )
    return {schema: (version, has) for schema, version, has in place.ask(" UNION ALL ".join(each))}


def told(place: Place) -> set[int]:
    """The versions in the directory."""
    query = "SELECT schema_version FROM directory.tenant UNION SELECT schema_version FROM directory.spare"
    return {row[0] for row in place.ask(query, database=place.directory)}


def test_what_is_current_is_left_alone(make: Makes, first: Branch) -> None:
    make.tenants("acme")
    make.spares(2)
    found = plan(branch=first)
    assert (len(found.current), found.behind, found.newer, found.broken) == (3, [], [], [])
    assert migrate(found, branch=first) == Report()


def test_tenants_and_spares_are_migrated_and_the_directory_told(place: Place, branch: Branch, make: Makes) -> None:
    (acme,) = make.tenants("acme")
    make.spares(2)
    found = plan(branch=branch)
    assert sorted(target.label for target in found.behind) == [SPARE, SPARE, "acme"]
    assert set(versions(place).values()) == {(FIRST, False)}
    report = migrate(found, branch=branch)
    assert (len(report.migrated), report.failed, report.not_started) == (3, [], [])
    assert set(versions(place).values()) == {(NEXT, True)}
    assert told(place) == {NEXT}
    assert tenant_by_slug("acme").schema_version == NEXT
    assert migrate(plan(branch=branch), branch=branch) == Report()
    assert place.ask("SELECT has_table_privilege(%s, %s, %s)", acme.role, f"{acme.schema}.stamp", "SELECT") == [(True,)]


def test_a_new_table_is_the_tenants_to_use_and_not_to_change(place: Place, branch: Branch, make: Makes) -> None:
    (acme,) = make.tenants("acme")
    more = with_revision(branch, "CREATE TABLE more (id int)", check="SELECT to_regclass('more') IS NOT NULL")
    migrate(plan(branch=more), branch=more)
    rights = {
        right: place.ask("SELECT has_table_privilege(%s, %s, %s)", acme.role, f"{acme.schema}.more", right)[0][0]
        for right in ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES")
    }
    assert rights == dict.fromkeys(("SELECT", "INSERT", "UPDATE", "DELETE"), True) | dict.fromkeys(
        ("TRUNCATE", "REFERENCES"), False
    )


def test_only_the_named_tenants(branch: Branch, make: Makes) -> None:
    make.tenants("acme")
    make.tenants("rival")
    report = migrate(plan(["acme"], branch=branch), branch=branch)
    assert [target.label for target in report.migrated] == ["acme"]
    assert [target.label for target in plan(branch=branch).behind] == ["rival"]
    with pytest.raises(NotFound, match="There is no tenant 'nobody'"):
        plan(["acme", "nobody"])


def test_a_check_that_is_not_true_keeps_nothing(place: Place, branch: Branch, make: Makes) -> None:
    make.tenants("acme")
    wrong = with_revision(branch, "ALTER TABLE stamp ADD COLUMN wrong int", check="SELECT false")
    report = migrate(plan(branch=wrong), branch=wrong)
    assert report.migrated == []
    assert "ran without an error, but its check is not true" in report.failed[0][1]
    # The revision before it stands, with its number; the wrong one is gone.
    assert set(versions(place).values()) == {(NEXT, True)}
    assert plan(branch=wrong).behind[0].version == NEXT


def test_a_revision_without_a_check_is_refused_before_anything_is_touched(
    place: Place, branch: Branch, make: Makes
) -> None:
    make.tenants("acme")
    file = next((branch.folder / "versions").glob(f"{NEXT:04}*"))
    file.write_text(file.read_text().replace("check =", "proof ="))
    with pytest.raises(BadConfig, match="does not say how to tell that it succeeded"):
        migrate(plan(branch=branch), branch=branch)
    assert set(versions(place).values()) == {(FIRST, False)}


def test_where_the_first_fail_the_rest_is_spared(place: Place, branch: Branch, make: Makes) -> None:
    make.tenants(*(f"tenant-{number}" for number in range(5)))
    canary = plan(branch=branch).behind[0]
    place.ask(f'ALTER TABLE "{canary.schema}".stamp ADD COLUMN extra int')  # the revision will stumble over it
    report = migrate(plan(branch=branch), branch=branch)
    assert [target.schema for target, _ in report.failed] == [canary.schema]
    assert 'column "extra" of relation "stamp" already exists' in report.failed[0][1]
    assert (len(report.migrated), len(report.not_started)) == (0, 4)
    place.ask(f'ALTER TABLE "{canary.schema}".stamp DROP COLUMN extra')
    report = migrate(plan(branch=branch), branch=branch)
    assert (len(report.migrated), report.failed) == (5, [])


def test_a_few_that_fail_late_do_not_stop_the_others(place: Place, branch: Branch, make: Makes) -> None:
    make.tenants(*(f"tenant-{number}" for number in range(12)))
    last = plan(branch=branch).behind[-1]
    place.ask(f'ALTER TABLE "{last.schema}".stamp ADD COLUMN extra int')
    report = migrate(plan(branch=branch), branch=branch, most_failing=0.1)  # one of the ten in the last ring
    assert (len(report.migrated), [target for target, _ in report.failed]) == (11, [last])


def test_a_schema_without_a_stamp_is_told_and_stops_nobody(place: Place, branch: Branch, make: Makes) -> None:
    acme, lost = make.tenants("acme", "lost")
    place.ask(f'DROP SCHEMA "{lost.schema}" CASCADE')
    report = migrate(plan(branch=branch), branch=branch)
    assert [(target.label, problem) for target, problem in report.failed] == [
        ("lost", "Its schema or its stamp is missing.")
    ]
    assert [target.label for target in report.migrated] == [acme.slug]


def test_a_reader_delays_its_own_schema_and_is_not_blocked(
    place: Place, branch: Branch, make: Makes, first: Branch
) -> None:
    make.tenants("idle")  # the older one is in the first ring
    (busy,) = make.tenants("busy")
    reports: list[Report] = []
    runner = threading.Thread(target=lambda: reports.append(migrate(plan(branch=branch), branch=branch)))
    with held(place, busy):
        runner.start()
        until(lambda: tenant_by_slug("idle").schema_version == NEXT, "the idle one is migrated")
        until(lambda: len(waiting(place)) > 0, "the busy one is waited for")
        place.ask(f'SELECT * FROM "{busy.schema}".stamp')  # a reader does not wait for the runner
        assert tenant_by_slug("busy").schema_version == FIRST
    runner.join()
    assert (len(reports[0].migrated), reports[0].failed) == (2, [])
    assert reports[0].retries >= 1


def done(place: Place) -> int:
    """How many schemas are at the next revision."""
    return sum(version == NEXT for version, _ in versions(place).values())


def waiting(place: Place) -> list[tuple[object, ...]]:
    return place.ask("SELECT pid FROM pg_locks WHERE NOT granted AND locktype = 'relation'")


def test_a_schema_that_stays_busy_fails_after_some_attempts(place: Place, branch: Branch, make: Makes) -> None:
    (busy,) = make.tenants("busy")
    with held(place, busy):
        report = migrate(plan(branch=branch), branch=branch, attempts=2)
    assert report.migrated == []
    assert "A lock was not to be had" in report.failed[0][1]
    assert "It was tried 2 times." in report.failed[0][1]


def test_two_runners_do_the_work_once(place: Place, branch: Branch, make: Makes) -> None:
    make.spares(12)
    found, reports = plan(branch=branch), list[Report]()
    runners = [
        threading.Thread(target=lambda: reports.append(migrate(found, branch=branch, connections=2))) for _ in range(2)
    ]
    for runner in runners:
        runner.start()
    for runner in runners:
        runner.join()
    assert [report.failed for report in reports] == [[], []]
    assert set(versions(place).values()) == {(NEXT, True)}


def test_a_directory_that_believes_something_else_is_corrected(place: Place, make: Makes, first: Branch) -> None:
    make.tenants("acme")
    place.ask("UPDATE directory.tenant SET schema_version = 0", database=place.directory)
    assert [target.told_version for target in plan(branch=first).mistold] == [0]
    assert migrate(plan(branch=first), branch=first) == Report()
    assert told(place) == {FIRST}


def test_postgres_that_drops_its_connections_meanwhile_is_no_obstacle(
    place: Place, branch: Branch, make: Makes
) -> None:
    make.spares(10)
    found, reports = plan(branch=branch), list[Report]()
    runner = threading.Thread(target=lambda: reports.append(migrate(found, branch=branch, connections=2)))
    with held(place, *found.behind[5:]):
        runner.start()
        until(lambda: done(place) == 5 and len(waiting(place)) > 0, "half are done, and one is under way")
        place.ask(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'atrium_owner' AND datname = %s",
            place.cell,
        )
    runner.join()
    assert (len(reports[0].migrated), reports[0].failed) == (10, [])


PROGRAM = """
import sys
from pathlib import Path
from saas.tenants.branches import Branch
from saas.tenants.migrate import migrate, plan
branch = Branch("tenant", Path(sys.argv[1]))
migrate(plan(branch=branch), branch=branch)
"""


def test_killed_half_way_it_finishes_the_next_time(place: Place, branch: Branch, make: Makes) -> None:
    make.spares(24)
    with (
        held(place, *plan(branch=branch).behind[10:]),
        subprocess.Popen([sys.executable, "-c", PROGRAM, str(branch.folder)], env=dict(os.environ)) as process,
    ):
        until(lambda: done(place) == 10 and len(waiting(place)) > 0, "ten are done, and others under way")
        process.send_signal(signal.SIGKILL)
    until(lambda: not sessions_of_owner(place), "the killed runner's sessions have ended")
    assert (process.returncode, done(place)) == (-signal.SIGKILL, 10)
    report = migrate(plan(branch=branch), branch=branch)
    assert (len(report.migrated), report.failed) == (14, [])
    assert set(versions(place).values()) == {(NEXT, True)}
    assert told(place) == {NEXT}


def sessions_of_owner(place: Place) -> list[tuple[object, ...]]:
    return place.ask(
        "SELECT pid FROM pg_stat_activity WHERE usename = 'atrium_owner' AND datname = %s AND state <> 'idle'",
        place.cell,
    )


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_200_schemas_have_nothing_to_do_and_then_one_column(branch: Branch, make: Makes, first: Branch) -> None:
    make.spares(200)
    assert migrate(plan(branch=first), branch=first) == Report()
    report = migrate(plan(branch=branch), branch=branch, connections=4)
    assert (len(report.migrated), report.failed) == (200, [])


def test_progress_is_told_schema_by_schema(branch: Branch, make: Makes) -> None:
    (acme,) = make.tenants("acme")
    seen: list[tuple[str, str]] = []

    def tell(target: Target, problem: str) -> None:
        seen.append((target.label, problem))

    migrate(plan(branch=branch), branch=branch, tell=tell)
    assert seen == [(acme.slug, "")]
