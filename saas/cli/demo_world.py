"""The companies of the demo: set up from their onboarding files, then filled with what is invented or imported."""

from collections.abc import Callable
from pathlib import Path

from saas.cli.demo_data.load import import_northwind, import_pipeline
from saas.cli.demo_owners import give_customers_owners
from saas.cli.demo_report import DemoTenant, DemoUser
from saas.cli.demo_wish import SHARED_DATA, DemoWish, Size
from saas.cli.invented.fill import Plan, fill
from saas.cli.invented.sources import COMPANIES as INVENTED
from saas.cli.onboarding.onboard import onboard
from saas.cli.onboarding.read import Onboarding, read_onboarding
from saas.kit import clock
from saas.kit.errors import NotFound
from saas.tenants.members import members
from saas.tenants.membership import folded
from saas.tenants.sign_in import issue_token
from saas.tenants.tenant import Tenant

COMPANIES = Path(__file__).parent / "companies"
SMALL = 500  # opportunities of the pipeline
TOKEN_HOURS = 24

Tell = Callable[[str], None]
Written = Callable[[int, int], None]


def build(wish: DemoWish, tell: Tell, data_root: Path = SHARED_DATA) -> tuple[DemoTenant, ...]:
    """Make every company that is wished for, one after the other."""
    return tuple(made(slug, wish, tell, lambda *_: None, data_root) for slug in wish.companies(data_root))


def made(slug: str, wish: DemoWish, tell: Tell, written: Written, data_root: Path = SHARED_DATA) -> DemoTenant:
    """One company, as it stands when everything is in it; `written` is told of customers and records, page by page."""
    file = read_onboarding(COMPANIES / f"{slug}.yaml")
    tenant = onboard(file, create=True, dry_run=False, shown=lambda _plan: None, told=lambda *_: None)
    if tenant is None:
        raise NotFound(f"The tenant {slug} is gone.")
    people, roles = len(file.blueprint.people), len(file.blueprint.roles)
    tell(f"{slug}: {people} people with {roles} roles")
    if slug in INVENTED:
        plan = Plan(wish.size.customers, wish.seed, wish.today or clock.today(tenant.time_zone))
        records = fill(tenant, file.blueprint, plan, written)
        tell(
            f"{slug}: {wish.size.customers:,} customers; {records:,} new records with their contacts and opportunities"
        )
    elif slug == "pipeline":
        import_pipeline(tenant, data_root, SMALL if wish.size is Size.SMALL else None, tell)
    else:
        import_northwind(tenant, data_root, tell)
        give_customers_owners(tenant, data_root, {person.code for person in file.blueprint.people})
    return _told(tenant, file)


def _told(tenant: Tenant, file: Onboarding) -> DemoTenant:
    ids = {email: principal_id for principal_id, email in members(tenant).items()}
    users = (
        DemoUser(
            email=wish.email,
            password=wish.password,
            roles=tuple(file.blueprint.holds.get(wish.code, ())),
            token=issue_token(tenant, ids[folded(wish.email)], TOKEN_HOURS).token,
        )
        for wish in file.sign_ins
        if wish.wanted and wish.email and wish.password
    )
    return DemoTenant(tenant.slug, tenant.name, tuple(users))
