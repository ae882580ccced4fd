"""What a check finds is kept by tenant; operators are told once, and what is mended is gone."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import uuid4

import pytest
import sentry_sdk
import sqlalchemy as sa

from saas.engine.crons import Daily, crons
from saas.engine.findings import Finding, findings, forget_unknown, keep
from saas.engine.invariant_check import Result
from saas.engine.invariants import invariants
from saas.engine.invariants_job import invariants_check
from saas.engine.jobs import LONG, Step
from saas.kit import report
from saas.kit.clock import stopped_at
from saas.kit.settings import settings
from saas.modules.customers.customer import Customer
from saas.workers.cells import dispatcher_engine
from saas.workers.findings import broken_in, findings_of
from tests.browsing import work
from tests.kit.sentry_server import Sent, sentry_server
from tests.tenants.place import with_settings
from tests.world import Company, World

NAME = "customer.texts_match"
MOMENT = datetime(2026, 3, 1, 2, 0, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def sentry() -> Iterator[Sent]:
    with sentry_server() as (dsn, arrived):
        with with_settings(SAAS_SENTRY_DSN=dsn):
            report.init(settings())
            yield arrived
        sentry_sdk.get_client().close()
        sentry_sdk.get_global_scope().set_client(None)


@pytest.fixture(autouse=True)
def nothing_kept(world: World) -> None:
    world.sql(world.garage, "DELETE FROM platform.finding")


def kept(company: Company, *results: Result, at: datetime = MOMENT) -> dict[str, Finding]:
    """What stands there after these results have come."""
    with stopped_at(at), company.scope() as scope:
        keep(scope, results)
    with company.scope(write=False) as scope:
        return findings(scope)


def test_what_is_broken_is_told_once_and_gone_when_it_is_mended(world: World, sentry: Sent) -> None:
    broken = Result(NAME, 2, ("a", "b"))
    first = kept(world.garage, broken)[NAME]
    assert first == Finding(NAME, 2, ("a", "b"), "", None, MOMENT, MOMENT, MOMENT)
    second = kept(world.garage, Result(NAME, 3, ("a",)), at=MOMENT + DAY)[NAME]
    assert (second.count, second.first_seen, second.last_seen) == (3, MOMENT, MOMENT + DAY)
    mended = kept(world.garage, Result(NAME), at=MOMENT + 2 * DAY)[NAME]
    assert mended == Finding(NAME, 0, (), "", None, None, None, MOMENT + 2 * DAY)
    kept(world.garage, broken, at=MOMENT + 3 * DAY)
    report.flush()
    assert [each["message"] for each in sentry] == [f"Invariant broken: {NAME}"] * 2
    assert {"tenant": "garage", "invariant": NAME, "rows": "2"}.items() <= sentry[0]["tags"].items()


def test_what_was_not_looked_at_again_is_not_taken_for_mended(world: World) -> None:
    kept(world.garage, Result(NAME, 2, ("a", "b")))
    part = Result(NAME, note="Looked at for 120 s; the next night goes on from there.", resume=uuid4())
    after = kept(world.garage, part, at=MOMENT + DAY)[NAME]
    assert (after.count, after.sample, after.note, after.resume) == (2, ("a", "b"), part.note, part.resume)
    assert (after.first_seen, after.last_seen, after.checked_at) == (MOMENT, MOMENT, MOMENT + DAY)


def test_what_is_rolled_back_is_not_told(world: World, sentry: Sent) -> None:
    def fails() -> None:
        with world.garage.scope() as scope:
            keep(scope, [Result(NAME, 1)])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fails()
    report.flush()
    assert sentry == []


def test_a_tenant_has_its_own_findings_and_the_dispatcher_sees_all(world: World) -> None:
    kept(world.garage, Result(NAME, 1), Result("files_are_counted"))
    assert kept(world.rival, Result(NAME, 4)).keys() == {NAME}
    cell = dispatcher_engine(world.cluster.plain_dsn(world.cell), 1)
    assert [(each.tenant_id, each.count) for each in findings_of(cell, world.rival.tenant.id)] == [
        (world.rival.tenant.id, 4)
    ]
    assert len(findings_of(cell)) == 2
    assert len(findings_of(cell, every=True)) == 3
    assert broken_in(cell) == {NAME: 2}
    with pytest.raises(sa.exc.ProgrammingError, match="permission denied"), cell.connect() as connection:
        connection.execute(sa.text("DELETE FROM platform.finding"))
    columns = "tenant_id, tenant_role, invariant, count, sample, note, checked_at"
    of_another = sa.text(f"INSERT INTO platform.finding ({columns}) VALUES (:id, :role, 'x', 0, '{{}}', '', now())")
    garage = world.garage.tenant
    with pytest.raises(sa.exc.ProgrammingError, match="row-level security"), world.rival.scope(write=True) as scope:
        scope.session.execute(of_another, {"id": garage.id, "role": garage.role})


def test_a_cell_that_is_not_migrated_yet_holds_no_worker_up(world: World) -> None:
    cell = dispatcher_engine(world.cluster.plain_dsn(world.cell), 1)
    world.sql(world.garage, "ALTER TABLE platform.finding RENAME TO elsewhere")
    try:
        assert broken_in(cell) == {}
    finally:
        world.sql(world.garage, "ALTER TABLE platform.elsewhere RENAME TO finding")


def test_what_this_release_does_not_know_is_forgotten(world: World) -> None:
    kept(world.garage, Result("quote.of_a_later_release", 1), Result(NAME, 1))
    with world.garage.scope() as scope:
        forget_unknown(scope)
    assert kept(world.garage).keys() == {NAME}


def test_the_nightly_job_looks_at_everything_in_as_many_chunks_as_it_takes(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("saas.engine.invariants_job._AT_ONCE", 0.0)
    customer = world.garage.make(Customer)
    world.sql(world.garage, "UPDATE customer SET name_sort = 'zzz' WHERE id = %s", customer)
    step: Step | None = Step()
    steps: list[dict[str, Any]] = []
    while step is not None:
        steps.append(step.progress)
        with world.garage.scope() as scope:
            step = invariants_check(scope, step)
            patience = scope.session.execute(sa.text("SHOW idle_in_transaction_session_timeout")).scalar()
            assert patience == "5min"  # statements elsewhere take their time meanwhile
    found = kept(world.garage)
    assert {name for name, each in found.items() if each.count} == {NAME}
    assert found[NAME].sample == (str(customer),)
    assert len(steps) > 10
    assert steps[-1]["of"] == len(found)
    assert steps[-1]["done"] == len(found) - 1


def test_workers_do_it_every_night_at_three(world: World) -> None:
    night = crons()["invariants_check"]
    assert (night.when, night.job.kind, night.job.queue) == (Daily(time(3, 0)), LONG, "bulk")
    world.garage.make(Customer)
    with world.garage.scope() as scope:
        scope.later(invariants_check)
    work(world, "bulk")
    found = kept(world.garage)
    assert found.keys() == {each.name for each in invariants()}
    assert world.sql(world.garage, "SELECT last_error FROM platform.job WHERE task = 'invariants_check'") == []
