"""The databases and the companies of a demo: made the first time, found again afterwards."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import psycopg

from saas.cli.demo_crew import build_at_once
from saas.cli.demo_progress import Progress
from saas.cli.demo_report import DemoTenant, tenants_as_json, tenants_from_json
from saas.cli.demo_wish import DemoWish, Size
from saas.cli.demo_world import TOKEN_HOURS
from saas.cli.embedded.folder import DataFolder
from saas.cli.embedded.servers import Servers
from saas.cli.invented.sources import COMPANIES as INVENTED
from saas.kit.errors import Unavailable
from saas.tenants.directory import tenants
from saas.tenants.install import DEFAULT_CELL, add_cell, cells, install
from saas.tenants.members import members
from saas.tenants.membership import folded
from saas.tenants.migrate import migrate, plan
from saas.tenants.sign_in import issue_token
from saas.tenants.tenant import Tenant

Tell = Callable[[str], None]


def install_demo(running: Servers, environment: Mapping[str, str], tell: Tell) -> None:
    """Roles, directory and one cell, up to date. Without a superuser's DSN all is left as it is."""
    admin_dsn = environment.get("SAAS_ADMIN_DSN")
    if not admin_dsn:
        return
    tell("Migrating")
    directory_dsn = environment["SAAS_DIRECTORY_DSN"]
    cell_dsn = f"{directory_dsn.removesuffix('_directory')}_{DEFAULT_CELL}"
    install(admin_dsn)
    if running.versions:
        _follow_port(admin_dsn, directory_dsn.rpartition("/")[2], cell_dsn)
    if running.versions or DEFAULT_CELL not in cells():
        add_cell(DEFAULT_CELL, cell_dsn, admin_dsn=admin_dsn)
    failed = migrate(plan(())).failed
    if failed:
        target, problem = failed[0]
        raise Unavailable(f"The schema of {target.label} could not be migrated: {problem}")


def demo_tenants(folder: DataFolder, wish: DemoWish, tell: Progress) -> tuple[DemoTenant, ...]:
    """The companies with their people, whose tokens are fresh; made the first time in this folder."""
    if wish.size is Size.NONE:
        return ()
    file = folder.path / "demo.json"
    if file.exists():
        tell("The demo companies are there already")
        there = {tenant.slug: tenant for tenant in tenants()}
        return tuple(
            _with_tokens(told, there[told.slug]) for told in tenants_from_json(file.read_text()) if told.slug in there
        )
    slugs = wish.companies()
    tell(f"Making the demo companies {', '.join(slugs)} (size {wish.size}, seed {wish.seed})")
    customers = wish.size.customers * sum(slug in INVENTED for slug in slugs)
    with folder.filling():
        made = build_at_once(wish, tell, tell.bar("customers", customers))
        file.touch(mode=0o600)
        file.write_text(tenants_as_json(made))
    return made


def _with_tokens(told: DemoTenant, tenant: Tenant) -> DemoTenant:
    """Those of the last run may have run out; without a password, which people may have changed."""
    ids = {folded(email): principal_id for principal_id, email in members(tenant).items()}
    users = (
        replace(user, token=issue_token(tenant, ids[folded(user.email)], TOKEN_HOURS).token)
        for user in told.users
        if folded(user.email) in ids
    )
    return replace(told, users=tuple(users))


def _follow_port(admin_dsn: str, directory: str, cell_dsn: str) -> None:
    """The directory names the cell's port; the embedded Postgres had to take another one if that was in use."""
    with psycopg.connect(admin_dsn, dbname=directory) as admin:  # no tenant: corrects the directory of the demo
        admin.execute("UPDATE directory.cell SET dsn = %s WHERE name = %s", (cell_dsn, DEFAULT_CELL))
