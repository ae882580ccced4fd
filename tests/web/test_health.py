"""/healthz tells that the process lives; /readyz tells the truth about all that it needs."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from saas.gateways.heartbeat import Heartbeat, Heartbeats
from saas.kit.settings import settings
from saas.tenants.branches import DIRECTORY, PLATFORM, Branch, head
from saas.tenants.cells import dsn_of
from saas.tenants.database import DISPATCHER, login
from saas.tenants.install import install
from saas.tenants.tenant import Tenant
from saas.web import health
from saas.web.check import Check, State
from saas.web.readiness import Readiness
from tests.databases import Cluster
from tests.tenants.place import Place, with_settings
from tests.web.conftest import EMAIL, PASSWORD, Door

NAME = "worker-of-test-health"


@pytest.fixture
def worker() -> Iterator[Heartbeats]:
    """A worker that is alive."""
    hearts = Heartbeats(settings().redis_url)
    hearts.beat(Heartbeat(NAME, 4, {"main": 0.04}), lasts=60)
    yield hearts
    hearts.stop(NAME)


@pytest.fixture
def ready(acme: Tenant, monkeypatch: pytest.MonkeyPatch) -> Readiness:
    """Looks anew each time it is asked."""
    fresh = Readiness(kept=-1)
    monkeypatch.setattr(health, "_readiness", fresh)
    return fresh


def test_a_process_that_lives_says_so(door: Door) -> None:
    answer = door("GET", "/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


@pytest.mark.usefixtures("ready", "worker")
def test_when_everything_answers_it_is_ready(door: Door) -> None:
    asked_at = datetime.now(UTC)
    answer = door("GET", "/readyz")
    told = answer.json()
    assert asked_at - timedelta(milliseconds=1) <= datetime.fromisoformat(told.pop("lookedAt")) <= datetime.now(UTC)
    assert told == {
        "status": "ok",
        "checks": {
            "directory": {"state": "ok", "revision": DIRECTORY.head},
            "schema": {"state": "ok", "version": head(), "tenantsBehind": 0},
            "cell main": {"state": "ok", "revision": PLATFORM.head},
            "roles": {"state": "ok"},
            "redis": {"state": "ok"},
            "workers": {"state": "ok", "alive": 1},
            "jobs of main": {"state": "ok", "oldestDueSeconds": 0.0, "dead": 0},
            "invariants": {"state": "ok", "broken": 0},
        },
    }
    assert answer.status_code == 200


@pytest.mark.usefixtures("ready")
def test_without_a_worker_it_is_not_ready(door: Door) -> None:
    answer = door("GET", "/readyz")
    assert answer.status_code == 503
    assert answer.json()["status"] == "failed"
    assert answer.json()["checks"]["workers"] == {
        "state": "failed",
        "message": "No worker is alive. Run `saas worker`.",
        "alive": 0,
    }


def test_a_late_job_is_a_warning(ready: Readiness, worker: Heartbeats) -> None:
    worker.beat(Heartbeat(NAME, 4, {"main": 75.2}, {"main": {"bulk": 75.2, "mail": 0.4}}), lasts=60)
    assert ready.look().checks["jobs of main"] == Check(
        State.WARNING,
        "The oldest due job waits for 75 seconds (bulk). Start more workers.",
        {"oldestDueSeconds": 75.2, "dead": 0, "oldestDueByQueue": {"mail": 0.4, "bulk": 75.2}},
    )


def test_dead_jobs_are_a_warning(ready: Readiness, worker: Heartbeats) -> None:
    worker.beat(Heartbeat(NAME, 4, {"main": 0.0}, dead={"main": 3}), lasts=60)
    assert ready.look().checks["jobs of main"] == Check(
        State.WARNING,
        "3 jobs are dead. `saas jobs list --state dead --cell main` shows them.",
        {"oldestDueSeconds": 0.0, "dead": 3},
    )


def test_a_queue_that_nobody_serves_is_a_warning(ready: Readiness, worker: Heartbeats) -> None:
    served = ["interactive", "workflow", "mail", "sms"]
    worker.beat(Heartbeat(NAME, 4, {"main": 0.0}, queues=served), lasts=60)
    assert ready.look().checks["workers"] == Check(
        State.WARNING, "No worker serves bulk, webhook. Start `saas worker --queues bulk,webhook`.", {"alive": 1}
    )


def test_workers_of_another_installation_on_the_same_redis_are_a_fault(ready: Readiness, worker: Heartbeats) -> None:
    worker.beat(Heartbeat(NAME, 4, installation="another"), lasts=60)
    assert ready.look().checks["workers"] == Check(
        State.FAILED,
        f"Workers of another directory use this Redis: {NAME}."
        " Give SAAS_REDIS_URL and SAAS_DIRECTORY_DSN to API and workers alike.",
        {"alive": 0},
    )


def test_workers_on_another_redis_are_told_by_their_connections(ready: Readiness, place: Place) -> None:
    dsn = login(dsn_of("main"), DISPATCHER).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(dsn):
        assert ready.look().checks["workers"] == Check(
            State.FAILED,
            "No worker is alive on this Redis, but some are connected to main: API and workers use different ones."
            " Give them the same SAAS_REDIS_URL.",
            {"alive": 0},
        )


def test_a_broken_invariant_is_a_warning_and_a_figure(door: Door, ready: Readiness, worker: Heartbeats) -> None:
    broken = {"main": {"customer.texts_match": 2}, "far": {"customer.texts_match": 1, "files_are_counted": 1}}
    worker.beat(Heartbeat(NAME, 4, {"main": 0.0}, broken=broken), lasts=60)
    assert ready.look().checks["invariants"] == Check(
        State.WARNING,
        "Data is not as it must be: customer.texts_match, files_are_counted. "
        "`saas invariants list` tells where, and the remedy.",
        {"broken": 4},
    )
    shown = door("GET", "/metrics").text
    assert 'atrium_invariant_broken{invariant="customer.texts_match"} 3.0\n' in shown
    assert 'atrium_invariant_broken{invariant="files_are_counted"} 1.0\n' in shown
    worker.beat(Heartbeat(NAME, 4, {"main": 0.0}, broken={"main": {}}), lasts=60)
    assert ready.look().checks["invariants"] == Check(figures={"broken": 0})


@pytest.mark.usefixtures("worker")
def test_tenants_that_are_behind_are_a_warning_and_named_to_nobody(
    door: Door, ready: Readiness, place: Place, acme: Tenant
) -> None:
    behind = "UPDATE directory.tenant SET schema_version = %s WHERE id = %s"
    place.ask(behind, -1, acme.id, database=place.directory)
    try:
        answer = door("GET", "/readyz")
    finally:
        place.ask(behind, acme.schema_version, acme.id, database=place.directory)
    assert answer.status_code == 200
    assert answer.json()["status"] == "warning"
    assert answer.json()["checks"]["schema"]["tenantsBehind"] == 1
    assert "acme" not in answer.text
    assert ready.look().checks["schema"].state is State.OK


@pytest.mark.usefixtures("worker")
def test_a_lost_directory_is_told_and_the_rest_is_still_looked_at(ready: Readiness) -> None:
    with with_settings(SAAS_DIRECTORY_DSN="postgresql://127.0.0.1:1/nowhere"):
        seen = ready.look().checks
    assert seen["directory"].state is State.FAILED
    assert seen["directory"].said.startswith("Postgres does not answer: the directory at 127.0.0.1:1/nowhere")
    assert seen["redis"].state is State.OK
    assert ready.look().checks["directory"].state is State.OK


def test_a_lost_redis_is_told_and_heals_by_itself(ready: Readiness, worker: Heartbeats) -> None:
    with with_settings(SAAS_REDIS_URL="redis://127.0.0.1:1/0"):
        seen = ready.look().checks
    assert seen["redis"] == Check(State.FAILED, "Redis does not answer. Check SAAS_REDIS_URL.")
    assert "workers" not in seen
    assert ready.look().checks["redis"].state is State.OK


def test_a_lost_cell_is_told_by_name(ready: Readiness, place: Place) -> None:
    register = (
        "INSERT INTO directory.cell (name, dsn, max_tenants, is_open, created_at) VALUES (%s, %s, 1, true, now())"
    )
    place.ask(register, "lost", "postgresql://127.0.0.1:1/lost", database=place.directory)
    try:
        seen = ready.look().checks
    finally:
        place.ask("DELETE FROM directory.cell WHERE name = 'lost'", database=place.directory)
    assert seen["cell lost"].state is State.FAILED
    assert seen["cell lost"].said.startswith("Postgres does not answer: cell lost at 127.0.0.1:1/lost")
    assert seen["cell main"].state is State.OK


@pytest.mark.usefixtures("worker")
def test_connections_that_postgres_ended_while_nobody_used_them_are_no_fault(ready: Readiness, place: Place) -> None:
    assert ready.look().checks["cell main"].state is State.OK
    ended = place.ask(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
        " WHERE usename = 'atrium_app' AND datname = current_database()"
    )
    assert ended
    assert ready.look().checks["cell main"] == Check(figures={"revision": PLATFORM.head})


@pytest.mark.usefixtures("worker")
@pytest.mark.parametrize(("branch", "check"), [(DIRECTORY, "directory"), (PLATFORM, "cell main")])
def test_tables_that_are_behind_the_program_are_a_warning(
    door: Door, ready: Readiness, place: Place, branch: Branch, check: str
) -> None:
    database = place.directory if branch is DIRECTORY else place.cell
    place.ask(f"UPDATE {branch.name}.revision SET number = 0 WHERE number = {branch.head}", database=database)
    try:
        answer = door("GET", "/readyz")
    finally:
        place.ask(f"UPDATE {branch.name}.revision SET number = {branch.head} WHERE number = 0", database=database)
    assert (answer.status_code, answer.json()["status"]) == (200, "warning")
    assert answer.json()["checks"][check] == {
        "state": "warning",
        "message": f"Its tables are at revision {branch.head - 1}, the program wants {branch.head}."
        " Run `saas tenant migrate`.",
        "revision": branch.head - 1,
    }
    assert ready.look().checks[check] == Check(figures={"revision": branch.head})


@pytest.mark.usefixtures("worker")
def test_a_revision_that_we_may_not_read_counts_as_none(ready: Readiness, place: Place) -> None:
    place.ask("REVOKE SELECT ON platform.revision FROM atrium_app")
    try:
        seen = ready.look().checks["cell main"]
    finally:
        place.ask("GRANT SELECT ON platform.revision TO atrium_app")
    assert (seen.state, seen.figures) == (State.WARNING, {"revision": 0})


@pytest.mark.usefixtures("worker", "acme")
def test_a_stamp_that_is_behind_is_seen_by_the_first_request_only(
    door: Door, ready: Readiness, place: Place, acme: Tenant
) -> None:
    signed_in = door("POST", "/sign-in", json={"tenant": "acme", "email": EMAIL, "password": PASSWORD}).json()
    token = {"authorization": f"Bearer {signed_in['token']}"}
    place.stamp(acme, "schema_version = -1")
    try:
        seen, answer = ready.look().checks, door("POST", "/graphql", json={"query": "{ viewer { id } }"}, headers=token)
    finally:
        place.stamp(acme, f"schema_version = {acme.schema_version}")
    assert seen["schema"].state is State.OK  # docs/http.md says so
    assert answer.status_code == 503
    assert answer.json()["errors"][0]["extensions"]["code"] == "TENANT_UNAVAILABLE"


@pytest.mark.usefixtures("worker")
def test_before_the_first_cell_it_is_ready_and_says_what_is_missing(door: Door, cluster: Cluster) -> None:
    name = cluster.name("cellless_directory")
    cluster.drop(name)
    try:
        with with_settings(SAAS_DIRECTORY_DSN=cluster.plain_dsn(name)):
            install(cluster.admin_dsn)
            answer = door("GET", "/readyz")
    finally:
        cluster.drop(name)
    assert (answer.status_code, answer.json()["status"]) == (200, "warning")
    assert answer.json()["checks"]["cells"] == {
        "state": "warning",
        "message": "There is no cell yet. Run `saas install`.",
    }


@pytest.mark.usefixtures("worker", "acme")
def test_many_questions_are_one_look() -> None:
    patient = Readiness(kept=60)
    first = patient.look()
    with with_settings(SAAS_DIRECTORY_DSN="postgresql://127.0.0.1:1/nowhere"):
        assert patient.look() is first
