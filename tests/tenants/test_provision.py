"""Tenants are made from the warm pool, once; suspended, resumed and dropped; whatever was interrupted is finished."""

import threading
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from saas.gateways.files import file_store
from saas.kit.clock import now, stopped_at
from saas.kit.errors import BadInput, Conflict, NotFound, TenantUnavailable, Unavailable
from saas.tenants.directory import tenant_by_id, tenant_by_slug, tenants
from saas.tenants.names import schema_of
from saas.tenants.provision import (
    create_tenant,
    drop_tenant,
    fill_pool,
    reconcile,
    resume,
    suspend,
)
from saas.tenants.session import read_one, reading, writing
from saas.tenants.sign_in import issue_token, let_in
from saas.tenants.tenant import Tenant, TenantState
from tests.tenants.place import Place, make_tenant, nothing


def spares(place: Place, state: str = "ready") -> int:
    return int(
        place.ask("SELECT count(*) FROM directory.spare WHERE state = %s", state, database=place.directory)[0][0]
    )


def pending(place: Place) -> list[str]:
    return [row[0] for row in place.ask("SELECT kind FROM directory.pending", database=place.directory)]


def is_there(place: Place, tenant: Tenant) -> tuple[bool, bool]:
    """Whether its schema and its role exist."""
    return bool(place.ask("SELECT 1 FROM pg_namespace WHERE nspname = %s", tenant.schema)), bool(
        place.ask("SELECT 1 FROM pg_roles WHERE rolname = %s", tenant.role)
    )


class Interrupted(Exception):
    """As if the process had been killed here."""


def interrupt(_session: Session, _tenant: Tenant) -> None:
    raise Interrupted


def plant(session: Session, tenant: Tenant) -> None:
    """Counts in the stamp how often it ran, as the tenant's role."""
    assert session.execute(text("SELECT current_user::text")).scalar_one() == tenant.role
    session.execute(text("UPDATE stamp SET policy_version = policy_version + 10"))


def test_a_tenant_comes_from_the_warm_pool_with_what_was_sown(place: Place) -> None:
    fill_pool("main", 2)
    before = spares(place)
    tenant = create_tenant(
        "sown", "Sown GmbH", seed=plant, base_currency="EUR", time_zone="Europe/Berlin", language="en"
    )
    assert spares(place) == before - 1
    assert pending(place) == []
    assert tenant == tenant_by_slug("sown") == tenant_by_id(tenant.id)
    assert (tenant.name, tenant.base_currency, tenant.time_zone, tenant.language) == (
        "Sown GmbH",
        "EUR",
        "Europe/Berlin",
        "en",
    )
    assert (tenant.state, tenant.schema, tenant.role) == (TenantState.ACTIVE, schema_of(tenant.id), tenant.schema)
    with reading(tenant) as opened:
        assert opened.stamp.policy_version == 11


def test_an_empty_pool_is_no_obstacle(place: Place) -> None:
    while spares(place):
        make_tenant(place, f"drain-{uuid4().hex}")
    assert make_tenant(place, "from-nothing").state is TenantState.ACTIVE


def test_the_pool_is_filled_up_and_not_over(place: Place) -> None:
    before = spares(place)
    assert fill_pool("main", before + 2) == 2
    assert fill_pool("main", before + 3) == 1
    assert fill_pool("main", 1) == 0
    assert spares(place) == before + 3


def test_a_taken_slug_is_refused_and_nothing_is_used_up(place: Place) -> None:
    make_tenant(place, "taken")
    before = spares(place)
    with pytest.raises(Conflict, match="The slug 'taken' is taken") as told:
        create_tenant("taken", "Other", seed=nothing)
    assert told.value.path == ("slug",)
    assert spares(place) == before


@pytest.mark.parametrize(
    "slug", ["", "a", "Acme", "acme--x", "-acme", "acme-", "9lives", "a b", "a" * 64, "acmé", 'a"']
)
def test_a_slug_that_cannot_be_is_refused(slug: str, place: Place) -> None:
    with pytest.raises(BadInput, match="cannot be the slug"):
        create_tenant(slug, "Acme", seed=nothing)
    assert place.directory


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", " "),
        ("name", "x" * 201),
        ("base_currency", "cny"),
        ("time_zone", "Mars/Olympus"),
        ("time_zone", "../etc"),
        ("language", "fr"),
        ("cell", "nowhere"),
    ],
)
def test_details_that_cannot_be_are_refused_by_name(place: Place, field: str, value: str) -> None:
    details = {"name": "Wrong", field: value}
    with pytest.raises(BadInput) as told:
        create_tenant("wrong", seed=nothing, **details)
    assert told.value.path == (field,)
    with pytest.raises(NotFound):
        tenant_by_slug("wrong")
    assert pending(place) == []


def test_the_same_create_finishes_what_was_interrupted_and_sows_once(place: Place) -> None:
    with pytest.raises(Interrupted):
        create_tenant("cut", "Cut", seed=interrupt)
    half = tenant_by_slug("cut")
    assert half.state is TenantState.CREATING
    assert pending(place) == ["create"]
    with pytest.raises(TenantUnavailable, match="still being made"), reading(half):
        pass
    with pytest.raises(Conflict, match="other details was begun"):
        create_tenant("cut", "Other", seed=plant)
    whole = create_tenant("cut", "Cut", seed=plant)
    assert (whole.id, whole.state, pending(place)) == (half.id, TenantState.ACTIVE, [])
    with reading(whole) as opened:
        assert opened.stamp.policy_version == 11


def test_an_interruption_after_sowing_does_not_sow_again(place: Place) -> None:
    tenant = create_tenant("late", "Late", seed=plant)
    place.ask(
        "INSERT INTO directory.pending VALUES (%s, 'create', %s, %s::jsonb, now())",
        f"create:{tenant.id}",
        tenant.id,
        '{"name": "Late", "base_currency": "CNY", "time_zone": "Asia/Shanghai", "language": "zh"}',
        database=place.directory,
    )
    place.ask("UPDATE directory.tenant SET state = 'creating' WHERE slug = 'late'", database=place.directory)
    assert reconcile(plant) == [("create", "late", "")]
    assert tenant_by_slug("late").state is TenantState.ACTIVE
    with reading(tenant) as opened:
        assert opened.stamp.policy_version == 11


def test_two_creators_at_once_make_one_tenant_each(place: Place) -> None:
    outcomes: list[str] = []

    def create(name: str) -> None:
        try:
            create_tenant("contested", name, seed=plant)
            outcomes.append("made")
        except Conflict:
            outcomes.append("refused")

    threads = [threading.Thread(target=create, args=(f"Name {number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["made", "refused", "refused", "refused"]
    with reading(tenant_by_slug("contested")) as opened:
        assert opened.stamp.policy_version == 11
    assert pending(place) == []


def test_suspended_and_resumed_in_the_directory_and_the_schema(place: Place) -> None:
    tenant = make_tenant(place, "resting")
    suspend(tenant)
    suspend(tenant)
    assert tenant_by_slug("resting").state is TenantState.SUSPENDED
    with pytest.raises(TenantUnavailable, match="is suspended"), writing(tenant):
        pass
    resume(tenant)
    assert tenant_by_slug("resting").state is TenantState.ACTIVE
    assert read_one(tenant, "SELECT 1").rows == [(1,)]
    assert pending(place) == []


def test_a_suspension_that_was_interrupted_is_finished(place: Place) -> None:
    tenant = make_tenant(place, "half-resting")
    place.ask("UPDATE directory.tenant SET state = 'suspended' WHERE id = %s", tenant.id, database=place.directory)
    place.ask(
        "INSERT INTO directory.pending VALUES (%s, 'state', %s, '{}', now())",
        f"state:{tenant.id}",
        tenant.id,
        database=place.directory,
    )
    assert reconcile(nothing) == [("state", "half-resting", "")]
    with pytest.raises(TenantUnavailable, match="is suspended"), reading(tenant):
        pass
    assert pending(place) == []


FOUND = (
    "INSERT INTO platform.finding (tenant_id, invariant, count, sample, note, checked_at)"
    " VALUES (:tenant, 'i', 0, '{}', '', now())"
)


def test_dropped_is_gone_with_role_people_jobs_and_files(place: Place) -> None:
    tenant, other = make_tenant(place, "doomed"), make_tenant(place, "survivor")
    for each in (tenant, other):
        content = file_store().incoming()
        content.keep(f"{each.id.hex}/00/0123")
        content.drop()
        with writing(each) as opened:
            opened.session.execute(
                text(
                    "INSERT INTO platform.job (id, tenant_id, queue, kind, task, payload, max_attempts)"
                    " VALUES (gen_random_uuid(), :tenant, 'default', 'atomic', 't', '{}', 1)"
                ),
                {"tenant": each.id},
            )
            opened.session.execute(text(FOUND), {"tenant": each.id})
    principal = uuid4()
    let_in(tenant, principal, "doomed@example.com", "a password", "Doomed")
    issue_token(tenant, principal, 1)
    drop_tenant(tenant)
    assert is_there(place, tenant) == (False, False)
    for table in ("job", "finding"):
        assert place.ask(f"SELECT tenant_id FROM platform.{table}") == [(other.id,)]
    kept = [[*file_store().keys(each.id.hex, now() + timedelta(days=1))] for each in (tenant, other)]
    assert kept == [[], [f"{other.id.hex}/00/0123"]]
    for table in ("membership", "sign_in", "pending"):
        assert place.ask(f"SELECT count(*) FROM directory.{table}", database=place.directory) == [(0,)]
    with pytest.raises(NotFound):
        tenant_by_slug("doomed")
    with pytest.raises(TenantUnavailable, match="schema of doomed cannot be opened"), reading(tenant):
        pass
    assert "doomed" not in [each.slug for each in tenants()]
    assert make_tenant(place, "doomed").schema != tenant.schema


def test_a_drop_that_was_interrupted_goes_on(place: Place) -> None:
    tenant = make_tenant(place, "half-gone")
    place.ask("DELETE FROM directory.tenant WHERE false", database=place.directory)
    place.ask("UPDATE directory.tenant SET state = 'dropping' WHERE id = %s", tenant.id, database=place.directory)
    place.ask(f'DROP SCHEMA "{tenant.schema}" CASCADE')
    with pytest.raises(Conflict, match="half-gone is dropping"):
        resume(tenant)
    drop_tenant(tenant_by_slug("half-gone"))
    assert is_there(place, tenant) == (False, False)


def test_a_drop_waits_for_no_reader(place: Place) -> None:
    tenant = make_tenant(place, "read")
    with reading(tenant) as opened:
        opened.session.execute(text("SELECT count(*) FROM note"))
        with pytest.raises(Unavailable, match="in use"):
            drop_tenant(tenant)
        assert is_there(place, tenant) == (True, True)
    with pytest.raises(TenantUnavailable, match="is being dropped"), reading(tenant):
        pass
    assert reconcile(nothing) == [("drop", "read", "")]
    assert is_there(place, tenant) == (False, False)


def test_half_a_spare_is_removed(place: Place) -> None:
    reconcile(nothing)
    id = uuid4()
    place.ask(
        "INSERT INTO directory.spare VALUES (%s, 'main', %s, 'filling', 1, now())",
        id,
        schema_of(id),
        database=place.directory,
    )
    reconcile(nothing)
    assert spares(place, "filling") == 1
    with stopped_at(now() + timedelta(minutes=5)):
        reconcile(nothing)
    assert spares(place, "filling") == 0


def test_a_full_or_closed_cell_takes_nobody(place: Place) -> None:
    place.ask("UPDATE directory.cell SET is_open = false", database=place.directory)
    try:
        with pytest.raises(Unavailable, match="No cell has room"):
            create_tenant("nowhere", "Nowhere", seed=nothing)
        with pytest.raises(Unavailable, match="The cell main is full or closed"):
            create_tenant("nowhere", "Nowhere", seed=nothing, cell="main")
    finally:
        place.ask("UPDATE directory.cell SET is_open = true", database=place.directory)
