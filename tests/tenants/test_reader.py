"""Reading on the event loop: never another tenant's answer, nothing left behind, and no refusal harms the next read."""

import asyncio
import random
from dataclasses import replace
from typing import Any

import psycopg
import pytest

from saas.kit.errors import BadInput, TenantUnavailable
from saas.tenants import reader, reader_prepared
from saas.tenants.reader import Row, Statement, read
from saas.tenants.session import read_one
from saas.tenants.stamp import Stamp
from saas.tenants.tenant import Tenant
from tests.tenants import reading
from tests.tenants.place import Place, with_settings
from tests.tenants.reading import BACKEND, ECHO, NOTE, SLEEP, Run, backend, value

notes, one_reader, run = reading.notes, reading.one_reader, reading.run


def test_the_query_is_read_as_the_tenant_and_with_its_stamp(acme: Tenant, run: Run) -> None:
    async def work() -> None:
        statement = Statement(("current_user::text", "current_setting('transaction_read_only')", "$1::text", "NULL"))
        row = await read(acme, statement, [b"given"])
        assert row.values == (acme.role.encode(), b"on", b"given", None)
        stamp = read_one(acme, "SELECT 1").stamp
        assert (row.stamp, Stamp.parse(row.stamp)) == (stamp.text(), stamp)

    run(work())


def test_a_tenant_reads_nothing_of_another(acme: Tenant, rival: Tenant, run: Run, one_reader: None) -> None:
    mixed = replace(acme, role=rival.role)

    async def work() -> None:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            await read(mixed, NOTE, [b"1"])
        # Prepared by who may, on the same connection, it is still refused to who may not.
        assert await value(acme, NOTE, b"1") == "acme 1"
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            await read(mixed, NOTE, [b"1"])
        assert await value(acme, NOTE, b"1") == "acme 1"

    run(work())


def test_what_is_no_tenant_is_refused(acme: Tenant, run: Run, one_reader: None) -> None:
    nobody = "t_" + "0" * 26

    async def work() -> None:
        before = await backend(acme)
        for gone in (replace(acme, role=nobody), replace(acme, role=nobody, schema=nobody)):
            with pytest.raises(psycopg.errors.InvalidParameterValue):
                await read(gone, BACKEND, [])
        with pytest.raises(psycopg.errors.UndefinedTable):
            await read(replace(acme, schema=nobody), BACKEND, [])
        with pytest.raises(BadInput):
            await read(replace(acme, role="atrium_owner"), BACKEND, [])
        assert await backend(acme) == before

    run(work())


def test_nothing_of_the_role_stays(acme: Tenant, run: Run, one_reader: None) -> None:
    async def work() -> None:
        await backend(acme)
        (connection,) = reader._pool(asyncio.get_running_loop(), "main")._open
        raw = connection._pgconn
        raw.exit_pipeline_mode()
        who = raw.exec_(b"SELECT current_user, current_setting('transaction_read_only')")
        assert (who.get_value(0, 0), who.get_value(0, 1)) == (b"atrium_app", b"off")
        refused = raw.exec_(f'SELECT * FROM "{acme.schema}".stamp'.encode())
        assert refused.error_message.startswith(b"ERROR:  permission denied for schema")

    run(work())


def test_a_read_cannot_write(acme: Tenant, run: Run, place: Place) -> None:
    made = "LANGUAGE sql AS 'INSERT INTO note VALUES (99); SELECT ''x'''"
    place.ask(f'CREATE FUNCTION "{acme.schema}".scribble() RETURNS text SET search_path = "{acme.schema}" {made}')
    try:

        async def work() -> None:
            with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
                await read(acme, Statement(("§§.scribble()",)), [])

        run(work())
    finally:
        place.ask(f'DROP FUNCTION "{acme.schema}".scribble')


def test_a_schema_without_stamp_is_unavailable(acme: Tenant, run: Run, place: Place) -> None:
    place.ask(f'CREATE TABLE public.kept AS TABLE "{acme.schema}".stamp; DELETE FROM "{acme.schema}".stamp')
    try:

        async def work() -> None:
            with pytest.raises(TenantUnavailable, match="The schema of acme has no stamp"):
                await read(acme, BACKEND, [])

        run(work())
    finally:
        place.ask(f'INSERT INTO "{acme.schema}".stamp TABLE public.kept; DROP TABLE public.kept')


def test_thousands_of_reads_get_their_own_answers(acme: Tenant, rival: Tenant, run: Run) -> None:
    backends = set[int]()

    async def one(tenant: Tenant, number: int) -> None:
        chance = random.Random(number)
        for _ in range(100):
            wanted = chance.randint(1, 20)
            assert await value(tenant, NOTE, b"%d" % wanted) == f"{tenant.slug} {wanted}"
            assert await value(tenant, ECHO, b"%d" % number) == str(number)
        backends.add(await backend(tenant))

    async def work() -> None:
        await asyncio.gather(*(one(tenant, number) for number in range(12) for tenant in (acme, rival)))

    with with_settings(SAAS_READERS="3"):
        run(work())
    assert 1 <= len(backends) <= 3


def test_a_question_and_an_answer_of_many_megabytes_arrive(acme: Tenant, run: Run) -> None:
    async def work() -> None:
        long = b"x" * 9_000_000
        rows = await asyncio.gather(*(read(acme, ECHO, [long + b"%d" % number]) for number in range(6)))
        assert [row.values for row in rows] == [(long + b"%d" % number,) for number in range(6)]

    run(work())


def test_few_statements_stay_prepared(
    acme: Tenant, rival: Tenant, run: Run, one_reader: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader_prepared, "MOST", 3)
    prepared = "(SELECT count(*) FROM pg_prepared_statements)::text"
    statements = [Statement((f"'{number}'::text", prepared)) for number in range(5)]

    async def work() -> None:
        most = 0
        for number in (0, 1, 2, 3, 4, 0, 0, 4, 3, 2, 1, 0):
            for tenant in (acme, rival):
                told, count = (await read(tenant, statements[number], [])).values
                assert told == b"%d" % number
                most = max(most, int(count or 0))
        assert most == 4  # and the one that takes the role

    run(work())


def test_a_statement_asked_again_stays_prepared(
    acme: Tenant, run: Run, one_reader: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader_prepared, "MOST", 2)
    often = Statement(("(SELECT generic_plans + custom_plans FROM pg_prepared_statements WHERE statement ~ 'often')",))

    async def work() -> None:
        for times in range(8):
            assert await value(acme, often) == str(times + 1)
            await value(acme, Statement(("'seldom'",)))

    run(work())


def test_a_refused_statement_leaves_nothing_prepared(
    acme: Tenant, run: Run, one_reader: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader_prepared, "MOST", 1)
    prepared = Statement(("(SELECT count(*) FROM pg_prepared_statements)::text",))
    late, never = Statement(("(1 / $1::int)::text",)), Statement(("nonsense",))

    async def work() -> None:
        for _ in range(3):
            with pytest.raises(psycopg.errors.UndefinedColumn):
                await read(acme, never, [])
            (connection,) = reader._pool(asyncio.get_running_loop(), "main")._open
            assert connection._prepared.find((never, acme.schema)) is None
            with pytest.raises(psycopg.errors.DivisionByZero):
                await read(acme, late, [b"0"])
            assert await value(acme, late, b"1") == "1"
            assert await value(acme, prepared) == "2"

    run(work())


def test_what_cannot_be_sent_harms_nobody(acme: Tenant, run: Run, one_reader: None) -> None:
    async def work() -> None:
        before = await backend(acme)
        wrong: Any = [["no bytes"]]
        refused, answered = await asyncio.gather(
            read(acme, ECHO, wrong), read(acme, ECHO, [b"2"]), return_exceptions=True
        )
        assert isinstance(refused, TypeError)
        assert isinstance(answered, Row)
        assert answered.values == (b"2",)
        assert await backend(acme) != before  # half of it may have been on the way
        with pytest.raises(psycopg.DataError, match="NUL"):
            await read(acme, ECHO, [b"cut\0off"])
        with pytest.raises(psycopg.errors.ProtocolViolation):
            await read(acme, ECHO, [])
        assert await value(acme, ECHO, b"3") == "3"

    run(work())


def test_the_time_limit_of_the_login_holds(acme: Tenant, run: Run, place: Place, one_reader: None) -> None:
    place.ask(f"ALTER ROLE atrium_app IN DATABASE {place.cell} SET statement_timeout TO '50ms'")

    async def work() -> None:
        before = await backend(acme)
        with pytest.raises(psycopg.errors.QueryCanceled, match="statement timeout"):
            await read(acme, SLEEP, [])
        assert await backend(acme) == before

    try:
        run(work())
    finally:
        place.ask(f"ALTER ROLE atrium_app IN DATABASE {place.cell} RESET statement_timeout")


def test_notices_disturb_nobody(
    acme: Tenant, run: Run, place: Place, one_reader: None, capfd: pytest.CaptureFixture[str]
) -> None:
    place.ask(
        f'CREATE FUNCTION "{acme.schema}".chatty() RETURNS text LANGUAGE plpgsql AS'
        " $$ BEGIN RAISE NOTICE 'look'; RAISE WARNING 'out'; RETURN 'said'; END $$"
    )

    async def work() -> None:
        for _ in range(3):
            assert await value(acme, Statement(("§§.chatty()",))) == "said"
            assert await value(acme, ECHO, b"heard") == "heard"

    try:
        run(work())
    finally:
        place.ask(f'DROP FUNCTION "{acme.schema}".chatty')
    assert capfd.readouterr() == ("", "")


def test_a_table_may_change_under_a_prepared_statement(acme: Tenant, run: Run, place: Place, one_reader: None) -> None:
    table = f'"{acme.schema}".paper'
    place.ask(f"CREATE TABLE {table} (id int, body text, size int); CREATE INDEX paper_id ON {table} (id)")
    place.ask(f"INSERT INTO {table} VALUES (1, 'one', 5); GRANT SELECT ON {table} TO \"{acme.role}\"")
    body = Statement(("(SELECT body FROM §§.paper WHERE id = $1::int)",))
    size = Statement(("(SELECT size FROM §§.paper WHERE id = $1::int)",))
    changes = (
        "ALTER TABLE {} ADD COLUMN more int DEFAULT 3",
        "ALTER TABLE {} ALTER COLUMN size TYPE bigint",
        "DROP INDEX {}_id",
        "ALTER TABLE {} ALTER COLUMN id TYPE bigint",
    )

    async def work() -> None:
        before = await backend(acme)
        for change in ("SELECT 1", *changes):
            place.ask(change.format(table))
            for _ in range(7):  # the sixth has a plan for all parameters
                assert (await value(acme, body, b"1"), await value(acme, size, b"1")) == ("one", "5")
        place.ask(f"ALTER TABLE {table} DROP COLUMN body")
        for _ in range(2):
            with pytest.raises(psycopg.errors.UndefinedColumn):
                await read(acme, body, [b"1"])
        assert await value(acme, size, b"1") == "5"
        place.ask(f"DROP TABLE {table}")
        with pytest.raises(psycopg.errors.UndefinedTable):
            await read(acme, size, [b"1"])
        assert await backend(acme) == before

    run(work())
