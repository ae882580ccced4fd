"""The two companies of the demo: set up from their onboarding files, with real data where it is at hand."""

from pathlib import Path

import saas
from saas.cli.demo_data.load import has_data, import_northwind, import_pipeline
from saas.cli.demo_generated import Tell, generate
from saas.cli.demo_owners import give_customers_owners
from saas.cli.demo_report import DemoTenant, DemoUser
from saas.cli.onboarding.onboard import onboard
from saas.cli.onboarding.read import Onboarding, read_onboarding
from saas.kit.errors import NotFound
from saas.tenants.members import members
from saas.tenants.membership import folded
from saas.tenants.sign_in import issue_token
from saas.tenants.tenant import Tenant

COMPANIES = Path(__file__).parent / "companies"
SHARED_DATA = Path(saas.__file__).parents[1].parent / "shared" / "data"
SMALL = 500
TOKEN_HOURS = 24


def build(size: str, seed: int, progress: Tell, data_root: Path = SHARED_DATA) -> tuple[DemoTenant, ...]:
    """Make both companies; with size `small` the pipeline has its first 500 opportunities, with `full` all.

    Without real data at `data_root` each gets about 50 customers, the same for the same seed.
    """
    pipeline, northwind = (_company(name, progress) for name in ("pipeline", "northwind"))
    if has_data(data_root):
        import_pipeline(pipeline[0], data_root, SMALL if size == "small" else None, progress)
        import_northwind(northwind[0], data_root, progress)
        give_customers_owners(northwind[0], data_root, {person.code for person in northwind[1].blueprint.people})
    else:
        progress(f"There is no real data in {data_root}: customers are invented")
        for tenant, file in (pipeline, northwind):
            generate(tenant, file.blueprint, seed, progress)
    return tuple(_told(tenant, file) for tenant, file in (pipeline, northwind))


def _company(name: str, progress: Tell) -> tuple[Tenant, Onboarding]:
    file = read_onboarding(COMPANIES / f"{name}.yaml")
    tenant = onboard(file, create=True, dry_run=False, shown=lambda _plan: None, told=lambda *_: None)
    if tenant is None:
        raise NotFound(f"The tenant {name} is gone.")
    people, roles = len(file.blueprint.people), len(file.blueprint.roles)
    progress(f"{name}: {people} people with {roles} roles")
    return tenant, file


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
