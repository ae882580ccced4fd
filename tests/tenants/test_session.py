"""Opening a session: role, schema and stamp together, commits that are real, and what happens when it goes wrong."""

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, ProgrammingError

from saas.kit.errors import TenantUnavailable, Unavailable
from saas.tenants import cells
from saas.tenants.branches import head
from saas.tenants.cells import app_engine
from saas.tenants.provision import resume, suspend
from saas.tenants.session import read_one, reading, writing
from saas.tenants.stamp import bump_customisation, bump_policy
from saas.tenants.tenant import Tenant
from tests.tenants.place import Place, with_settings

WHO = "SELECT current_user::text, current_setting('search_path'), current_setting('transaction_isolation')"
ADD = text("INSERT INTO note (id, body) VALUES (:id, 'x')")


@pytest.fixture(autouse=True)
def no_notes(place: Place, acme: Tenant) -> None:
    place.ask(f'TRUNCATE "{acme.schema}".note')


def notes(place: Place, tenant: Tenant) -> list[int]:
    return [row[0] for row in place.ask(f'SELECT id FROM "{tenant.schema}".note ORDER BY id')]


def test_writing_is_one_transaction_as_the_tenant(acme: Tenant) -> None:
    with writing(acme) as opened:
        assert opened.session.execute(text(WHO)).one() == (acme.role, acme.schema, "read committed")
        assert (opened.stamp.tenant_id, opened.stamp.schema_version) == (acme.id, head())
        assert opened.stamp.state == "active"


def test_reading_sees_one_moment_and_writes_nothing(acme: Tenant, place: Place) -> None:
    with reading(acme) as opened:
        assert opened.session.execute(text(WHO)).one() == (acme.role, acme.schema, "repeatable read")
        place.ask(f'INSERT INTO "{acme.schema}".note VALUES (1)')
        assert opened.session.execute(text("SELECT count(*) FROM note")).scalar_one() == 0
        with pytest.raises(DBAPIError, match="read-only transaction"):
            opened.session.execute(ADD, {"id": 2})


def test_what_was_written_is_there_afterwards(acme: Tenant, place: Place) -> None:
    with writing(acme) as opened:
        opened.session.execute(ADD, {"id": 1})
        assert notes(place, acme) == []
    assert notes(place, acme) == [1]


def test_an_error_leaves_nothing_behind(acme: Tenant, place: Place) -> None:
    with pytest.raises(LookupError):
        write_and_fail(acme)
    assert notes(place, acme) == []


def test_a_savepoint_takes_back_only_its_own_part(acme: Tenant, place: Place) -> None:
    with writing(acme) as opened:
        opened.session.execute(ADD, {"id": 1})
        with opened.session.begin_nested() as taken_back:
            opened.session.execute(ADD, {"id": 2})
            taken_back.rollback()
        with pytest.raises(ProgrammingError), opened.session.begin_nested():
            opened.session.execute(text("INSERT INTO note SELECT 4, nonsense"))
        assert opened.session.execute(text(WHO)).one()[:2] == (acme.role, acme.schema)
        with opened.session.begin_nested():
            opened.session.execute(ADD, {"id": 3})
    assert notes(place, acme) == [1, 3]


def test_after_commit_or_rollback_the_session_can_do_nothing(acme: Tenant) -> None:
    with writing(acme) as opened:
        for ended in (opened.session.commit, opened.session.rollback):
            ended()
            with pytest.raises(ProgrammingError, match='"stamp" does not exist'):
                opened.session.execute(text("SELECT * FROM stamp"))
            ended()
            with pytest.raises(ProgrammingError, match="permission denied"):
                opened.session.execute(text(f'SELECT * FROM "{acme.schema}".stamp'))


@pytest.mark.parametrize("way", ["commit", "rollback", "error", "read_one"])
def test_role_and_path_end_with_the_transaction(acme: Tenant, way: str) -> None:
    with with_settings(SAAS_POOL_SIZE="1"):
        if way == "read_one":
            read_one(acme, "SELECT 1")
        elif way == "commit":
            with writing(acme):
                pass
        elif way == "rollback":
            with reading(acme):
                pass
        else:
            with pytest.raises(LookupError):
                write_and_fail(acme)
        with app_engine("main").connect() as connection:
            assert connection.execute(text(WHO)).one()[:2] == ("atrium_app", '""')


def test_one_query_reads_in_one_transaction_as_the_tenant(acme: Tenant) -> None:
    answer = read_one(acme, WHO + ", %(a)s::int", {"a": 3})
    assert answer.rows == [(acme.role, acme.schema, "read committed", 3)]
    assert answer.stamp.tenant_id == acme.id


def test_one_query_cannot_write(acme: Tenant, place: Place) -> None:
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        read_one(acme, "INSERT INTO note VALUES (1)")
    assert notes(place, acme) == []


def test_a_wrong_query_is_its_own_error_and_harms_nothing(acme: Tenant) -> None:
    with pytest.raises(psycopg.errors.UndefinedColumn):
        read_one(acme, "SELECT nonsense FROM note")
    assert read_one(acme, "SELECT 1").rows == [(1,)]


@pytest.mark.parametrize("opening", [reading, writing, read_one])
@pytest.mark.parametrize("version", [-2, 1])
def test_a_schema_of_the_wrong_version_is_refused_and_only_that_one(
    acme: Tenant, rival: Tenant, place: Place, opening: object, version: int
) -> None:
    place.stamp(acme, f"schema_version = {head() + version}")
    try:
        with pytest.raises(TenantUnavailable, match=f"acme is at schema version {head() + version}"):
            use(opening, acme)
        use(opening, rival)
    finally:
        place.stamp(acme, f"schema_version = {head()}")


def test_a_schema_one_version_behind_is_served(acme: Tenant, place: Place) -> None:
    place.stamp(acme, f"schema_version = {head() - 1}")
    try:
        use(reading, acme)
        use(read_one, acme)
    finally:
        place.stamp(acme, f"schema_version = {head()}")


@pytest.mark.parametrize("opening", [reading, writing, read_one])
def test_a_suspended_tenant_is_refused_at_once_and_only_that_one(acme: Tenant, rival: Tenant, opening: object) -> None:
    suspend(acme)
    try:
        with pytest.raises(TenantUnavailable, match="The tenant acme is suspended"):
            use(opening, acme)
        use(opening, rival)
        use(opening, acme, operator=True)
    finally:
        resume(acme)
    use(opening, acme)


def test_a_schema_with_another_tenants_stamp_is_refused(acme: Tenant, rival: Tenant, place: Place) -> None:
    place.stamp(acme, f"tenant_id = '{rival.id}'")
    try:
        with pytest.raises(TenantUnavailable, match="carries the stamp of another tenant"):
            use(reading, acme)
    finally:
        place.stamp(acme, f"tenant_id = '{acme.id}'")


@pytest.mark.parametrize("opening", [reading, writing, read_one])
def test_a_tenant_that_is_not_there_is_unavailable(acme: Tenant, opening: object) -> None:
    gone = Tenant(
        acme.id, "gone", "Gone", "main", *("t_" + "0" * 26,) * 2, acme.state, head(), "CNY", "Asia/Shanghai", "zh"
    )
    with pytest.raises(TenantUnavailable, match="schema of gone cannot be opened"):
        use(opening, gone)
    use(opening, acme)


def test_a_tenant_cannot_change_whose_schema_it_is(acme: Tenant) -> None:
    for column in ("tenant_id = tenant_id", "schema_version = 9", "state = 'active'"):
        with pytest.raises(ProgrammingError, match="permission denied"), writing(acme) as opened:
            opened.session.execute(text(f"UPDATE stamp SET {column}"))
    with pytest.raises(ProgrammingError, match="permission denied"), writing(acme) as opened:
        opened.session.execute(text("CREATE TABLE mine (id int)"))


def test_a_bump_is_seen_by_the_next_opening(acme: Tenant) -> None:
    with writing(acme) as opened:
        before = opened.stamp
        bump_policy(opened.session)
        bump_customisation(opened.session)
    with reading(acme) as opened:
        assert opened.stamp.policy_version == before.policy_version + 1
        assert opened.stamp.customisation_version == before.customisation_version + 1


def backend_of(tenant: Tenant) -> int:
    return int(read_one(tenant, "SELECT pg_backend_pid()").rows[0][0])


def test_a_backend_is_replaced_after_so_many_tenants(acme: Tenant, rival: Tenant) -> None:
    with with_settings(SAAS_POOL_SIZE="1", SAAS_BACKEND_TENANTS="2"):
        first = backend_of(acme)
        assert backend_of(acme) == first
        assert backend_of(rival) == first
        second = backend_of(acme)
        assert second != first
        assert backend_of(acme) == second


def test_a_backend_is_replaced_after_so_many_minutes(acme: Tenant) -> None:
    with with_settings(SAAS_POOL_SIZE="1", SAAS_BACKEND_MINUTES="0.000001"):
        assert backend_of(acme) != backend_of(acme)


@pytest.mark.parametrize("opening", [reading, writing, read_one])
def test_connections_that_died_while_idle_are_replaced_unnoticed(acme: Tenant, place: Place, opening: object) -> None:
    with with_settings(SAAS_POOL_SIZE="3"):
        with reading(acme), reading(acme), reading(acme):
            pass
        ours = "FROM pg_stat_activity WHERE usename = 'atrium_app' AND datname = %s"
        place.ask(f"SELECT pg_terminate_backend(pid, 5000) {ours}", place.cell)
        use(opening, acme)
        with reading(acme), reading(acme), reading(acme):
            pass


def test_a_connection_that_dies_in_use_is_unavailable_and_the_next_one_works(acme: Tenant, place: Place) -> None:
    with pytest.raises(Unavailable, match="Postgres does not answer: cell main at") as told:
        lose_the_connection(acme, place)
    assert "Check that it runs" in told.value.remedy
    assert notes(place, acme) == []
    use(writing, acme)


def test_a_pool_that_is_used_up_says_so(acme: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    with with_settings(SAAS_POOL_SIZE="1"):
        monkeypatch.setattr(cells, "PATIENCE", 0.05)
        with reading(acme), pytest.raises(Unavailable, match="All connections to cell main"):
            use(reading, acme)


def write_and_fail(tenant: Tenant) -> None:
    with writing(tenant) as opened:
        opened.session.execute(ADD, {"id": 1})
        raise LookupError


def lose_the_connection(tenant: Tenant, place: Place) -> None:
    with writing(tenant) as opened:
        opened.session.execute(ADD, {"id": 1})
        pid = opened.session.execute(text("SELECT pg_backend_pid()")).scalar_one()
        place.ask("SELECT pg_terminate_backend(%s, 5000)", pid)
        opened.session.execute(text("SELECT 1"))


def use(opening: object, tenant: Tenant, *, operator: bool = False) -> None:
    """Open the tenant this way and ask something."""
    if opening is read_one:
        assert read_one(tenant, "SELECT 1", operator=operator).rows == [(1,)]
    else:
        assert opening in (reading, writing)
        with (reading if opening is reading else writing)(tenant, operator=operator) as opened:
            assert opened.session.execute(text("SELECT 1")).scalar_one() == 1
