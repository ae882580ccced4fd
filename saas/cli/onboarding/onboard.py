"""Onboard from a file: compare, make the tenant, carry the organisation out in one transaction, then let people in."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from uuid import UUID

from saas.cli.onboarding.limits import carry_out_limits, limits_step
from saas.cli.onboarding.read import Onboarding
from saas.cli.onboarding.sign_ins import SignInStep, carry_out_sign_ins, plan_sign_ins
from saas.engine.files.quota import Limits, own_limits
from saas.engine.scope import Scope, Via, open_scope
from saas.kit.errors import Conflict, NotFound
from saas.modules import plant_all
from saas.modules.organisation.blueprint.carry_out import carry_out
from saas.modules.organisation.blueprint.difference import Step, Verb, difference
from saas.modules.organisation.blueprint.present import Present, present
from saas.modules.organisation.blueprint.wanted import EMPLOYEE, KINDS, Impossible
from saas.tenants.beginning import check_free
from saas.tenants.directory import tenant_by_slug
from saas.tenants.provision import create_tenant
from saas.tenants.tenant import Tenant, TenantState

TENANT = "tenant"


@dataclass(slots=True)
class Plan:
    """What would become of the tenant: a step for each thing of the file, and what is there besides."""

    tenant: Tenant | None
    steps: list[Step]
    sign_ins: list[SignInStep]
    left_alone: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def all_steps(self) -> list[Step]:
        return [*self.steps, *(each.step for each in self.sign_ins)]

    @property
    def has_work(self) -> bool:
        return any(step.verb is not Verb.UNCHANGED for step in self.all_steps)


class _OnlyTried(Exception):
    """Ends the transaction of a dry run without committing it."""


def onboard(
    file: Onboarding,
    *,
    create: bool,
    dry_run: bool,
    cell: str | None = None,
    shown: Callable[[Plan], None],
    told: Callable[[str, str], None],
) -> Tenant | None:
    """Bring the tenant to what the file says; the plan is `shown` before anything is written.

    Passwords that were made are `told(email, password)`. A dry run does everything and takes it back; for a tenant
    that is not there yet it only compares. Again after an interruption, it does what is left.
    """
    tenant = _existing(file, create=create)
    if tenant is None:
        _check_new(file, cell)
        plan = _plan(file, None, Present(), Limits(), is_new=True)
        if dry_run:
            shown(plan)
            return None
        tenant, is_new = _made(file, cell)
        _write(file, tenant, dry_run=False, is_new=is_new, shown=shown, told=told)
    else:
        _write(file, tenant, dry_run=dry_run, is_new=False, shown=shown, told=told)
    return tenant


def _made(file: Onboarding, cell: str | None) -> tuple[Tenant, bool]:
    """The tenant, and whether it was made here: somebody may have applied the same file a moment ago."""
    profile = file.profile
    try:
        made = create_tenant(
            file.slug,
            profile.name,
            seed=plant_all,
            cell=cell,
            base_currency=profile.base_currency,
            time_zone=profile.time_zone,
            language=profile.language,
        )
    except Conflict:
        found = _existing(file, create=True)
        if found is None:
            raise
        return found, False
    return made, True


def _write(
    file: Onboarding,
    tenant: Tenant,
    *,
    dry_run: bool,
    is_new: bool,
    shown: Callable[[Plan], None],
    told: Callable[[str, str], None],
) -> None:
    with suppress(_OnlyTried), open_scope(tenant, None, write=True, via=Via("saas tenant apply")) as scope:
        now = present(scope, file.blueprint)
        plan = _plan(file, tenant, now, own_limits(scope), is_new=is_new)
        shown(plan)
        if file.limits is not None:
            carry_out_limits(scope, file.limits)
        ids = _carried_out(file, scope, now)
        if dry_run:
            raise _OnlyTried
    if not dry_run:
        carry_out_sign_ins(tenant, plan.sign_ins, ids, told)


def _carried_out(file: Onboarding, scope: Scope, now: Present) -> dict[str, UUID]:
    try:
        return carry_out(scope, file.blueprint, now)
    except Impossible as impossible:
        raise file.refuse(impossible) from None


def _plan(file: Onboarding, tenant: Tenant | None, now: Present, limits: Limits, *, is_new: bool) -> Plan:
    try:
        steps = difference(file.blueprint, now)
    except Impossible as impossible:
        raise file.refuse(impossible) from None
    if file.limits is not None:
        steps.insert(0, limits_step(file.limits, limits, file.slug))
    if is_new:
        steps.insert(0, Step(TENANT, file.slug, Verb.CREATE, {"name": (None, file.tenant.name)}))
    ids = {wanted.code: thing.id for wanted in file.blueprint.people if (thing := now.find(EMPLOYEE, wanted))}
    others = {kind: [thing.called for thing in now.others(kind, file.blueprint)] for kind in KINDS}
    return Plan(tenant, steps, plan_sign_ins(file, tenant, ids), {kind: each for kind, each in others.items() if each})


def _existing(file: Onboarding, *, create: bool) -> Tenant | None:
    """The tenant of the file's slug where it is there and whole."""
    try:
        tenant = tenant_by_slug(file.slug)
    except NotFound:
        if create:
            return None
        raise NotFound(f"There is no tenant {file.slug!r}.", remedy="With --create it is made.") from None
    taken = f"the slug {file.slug!r} is taken"
    if differing := file.differing(tenant):
        raise Conflict(
            f"{file.yaml.name}, {file.yaml.at(('tenant', 'slug'), taken)}: {', '.join(differing)}.",
            remedy="Choose another slug, or write the tenant as it is: that cannot be changed here.",
        )
    return None if tenant.state is TenantState.CREATING and create else tenant


def _check_new(file: Onboarding, cell: str | None) -> None:
    check_free(file.slug, file.profile, cell)
