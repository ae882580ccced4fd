"""Roles, databases and platforms: made once, mended when run again, on every Postgres that is supported."""

import shutil

import pytest
from sqlalchemy import text

from saas.cli.embedded.folder import temporary_folder
from saas.cli.embedded.programs import NEWEST, OLDEST, every_postgres
from saas.cli.embedded.servers import start_servers
from saas.kit.errors import BadConfig, BadInput, Conflict, TenantUnavailable, Unavailable
from saas.tenants.cells import app_engine
from saas.tenants.health import cells_state, check_roles, tenants_behind
from saas.tenants.install import add_cell, cells, install, upgrade_all
from saas.tenants.migrate import plan
from saas.tenants.models_match import directory_matches
from saas.tenants.provision import drop_tenant
from saas.tenants.session import read_one, reading, writing
from tests.databases import Cluster
from tests.tenants.place import Place, make_tenant, settled_on, with_settings

ROLES = "SELECT rolname, rolcanlogin, rolinherit, rolsuper, rolbypassrls, rolcreaterole FROM pg_roles"


def test_the_login_roles_can_do_nothing_by_themselves(place: Place) -> None:
    assert place.ask(f"{ROLES} WHERE rolname LIKE 'atrium%%' ORDER BY rolname COLLATE \"C\"") == [
        ("atrium_app", True, False, False, False, False),
        ("atrium_dispatcher", True, False, False, False, False),
        ("atrium_owner", True, False, False, False, True),
        ("atrium_tenant", False, True, False, False, False),
    ]
    assert check_roles("main") == []


def test_install_again_changes_nothing(place: Place) -> None:
    tenant = make_tenant(place, "before")
    install(place.cluster.admin_dsn)
    add_cell("main", place.cluster.plain_dsn(place.cell), admin_dsn=place.cluster.admin_dsn)
    upgrade_all()
    assert check_roles("main") == []
    assert cells() == ["main"]
    assert read_one(tenant, "SELECT 1").rows == [(1,)]


def test_a_cell_does_not_change_its_address_by_being_added(place: Place) -> None:
    with pytest.raises(Conflict, match="The cell main is at"):
        add_cell("main", place.cluster.plain_dsn(place.directory))


@pytest.mark.parametrize("dsn", ["", "nonsense", "mysql://127.0.0.1/x", "postgresql://127.0.0.1"])
def test_what_is_no_dsn_is_refused(dsn: str, place: Place) -> None:
    with pytest.raises(BadConfig):
        add_cell("other", dsn)
    with pytest.raises(BadInput):
        add_cell("Other!", place.cluster.plain_dsn(place.cell))


def test_the_address_of_a_cell_holds_no_password(place: Place) -> None:
    assert place.ask("SELECT dsn FROM directory.cell", database=place.directory) == [
        (place.cluster.plain_dsn(place.cell),)
    ]


def test_nobody_else_gets_into_the_databases(place: Place) -> None:
    for database in (place.directory, place.cell):
        assert place.ask("SELECT has_database_privilege('pg_monitor', %s, 'connect')", database) == [(False,)]
        assert place.ask("SELECT has_database_privilege('atrium_app', %s, 'temp')", database) == [(False,)]


def test_the_directorys_tables_are_those_of_its_revisions(place: Place) -> None:
    assert place.directory
    assert directory_matches() == ""


def test_health_tells_cells_and_who_is_behind(place: Place) -> None:
    late = make_tenant(place, "late")
    (state,) = cells_state()
    assert (state.name, state.tenants > 0, state.problem) == ("main", True, "")
    assert tenants_behind() == []
    place.ask("UPDATE directory.tenant SET schema_version = 0 WHERE id = %s", late.id, database=place.directory)
    assert tenants_behind() == ["late"]
    place.ask(
        "UPDATE directory.tenant SET schema_version = %s WHERE id = %s",
        late.schema_version,
        late.id,
        database=place.directory,
    )


def test_health_tells_a_right_that_should_not_be(place: Place) -> None:
    tenant = make_tenant(place, "open")
    others = [row[0] for row in place.ask("SELECT nspname FROM pg_namespace WHERE nspname LIKE %s", "t\\_%")]
    for schema in others:
        place.ask(f'GRANT USAGE ON SCHEMA "{schema}" TO atrium_app')
        place.ask(f'GRANT SELECT ON "{schema}".stamp TO atrium_app')
    assert check_roles("main") == ["atrium_app reads a tenant's table without that tenant's role."]
    for schema in others:
        place.ask(f'REVOKE USAGE ON SCHEMA "{schema}" FROM atrium_app')
        place.ask(f'REVOKE SELECT ON "{schema}".stamp FROM atrium_app')
    assert tenant.schema in others
    assert check_roles("main") == []


def test_a_missing_password_of_the_owner_names_the_variable(place: Place) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("SAAS_OWNER_PASSWORD")
        with with_settings(SAAS_ENVIRONMENT="test"), pytest.raises(BadConfig, match="SAAS_OWNER_PASSWORD is not set"):
            upgrade_all()
    assert place.cell


def test_a_wrong_password_is_told_with_the_place(place: Place) -> None:
    tenant = make_tenant(place, "locked")
    with with_settings(SAAS_APP_PASSWORD="wrong"), pytest.raises(Unavailable) as told, reading(tenant):
        pass
    assert "password authentication failed" in told.value.message
    assert "wrong" not in told.value.message.replace("wrong password", "")


@pytest.mark.slow
@pytest.mark.timeout(240)
@pytest.mark.parametrize("major", range(OLDEST, NEWEST + 1))
def test_tenants_are_apart_on_every_postgres(major: int, cluster: Cluster) -> None:
    programs = next((found for found in every_postgres() if found.major == major), None)
    if programs is None:
        pytest.skip(f"Postgres {major} is not on this machine")
    folder = temporary_folder("version")
    running = start_servers(folder, durable=False, programs=programs)
    try:
        here = Cluster(running.admin_dsn, running.redis_url, f"v{major}", cluster.worker)
        with settled_on(here, "version") as place:
            _are_apart(place)
    finally:
        running.stop()
        shutil.rmtree(folder)


def _are_apart(place: Place) -> None:
    acme, rival = make_tenant(place, "acme"), make_tenant(place, "rival")
    assert check_roles("main") == []
    assert directory_matches() == ""
    foreign = f'SELECT * FROM "{rival.schema}".note'
    with app_engine("main").connect() as connection, pytest.raises(Exception, match="permission denied for schema"):
        connection.execute(text(foreign))
    for opening in (reading, writing):
        with pytest.raises(Exception, match="permission denied for schema"), opening(acme) as opened:
            opened.session.execute(text(foreign))
    with writing(acme) as opened:
        opened.session.execute(text("INSERT INTO note VALUES (1)"))
    assert read_one(acme, "SELECT id FROM note").rows == [(1,)]
    assert read_one(rival, "SELECT id FROM note").rows == []
    assert plan().behind == []
    _is_mended_by_install(place)
    drop_tenant(acme)
    with pytest.raises(TenantUnavailable), reading(acme):
        pass


def _is_mended_by_install(place: Place) -> None:
    """Only on a cluster of its own: roles are shared by all tests of the other one."""
    place.ask("ALTER ROLE atrium_app INHERIT CREATEDB")
    wrong = check_roles("main")
    assert wrong[:2] == ["atrium_app inherits.", "atrium_app makes databases."]
    # Before Postgres 16 a login that inherits reads everything: that is what NOINHERIT is for.
    assert len(wrong) == (2 if place.ask("SHOW server_version_num")[0][0] >= "160000" else 3)
    install(place.cluster.admin_dsn)
    assert check_roles("main") == []
