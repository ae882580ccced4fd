"""What every tenant begins with: each module says what it needs there, and all of it is planted with the tenant."""

from collections.abc import Callable, Iterable

from sqlalchemy.orm import Session

from saas.engine.access.profile import Profile
from saas.engine.access.tables import SYSTEM_PRINCIPAL
from saas.engine.audit import created, write_audit
from saas.engine.customised import customisation_changed
from saas.engine.record import Record
from saas.engine.registry import object_of
from saas.engine.scope import Scope
from saas.engine.write.insert import write_records
from saas.tenants.session import writing
from saas.tenants.tenant import Tenant

Seed = Callable[[Session, Tenant], Iterable[Record]]
_seeds: list[Seed] = []


def seed(plant: Seed) -> Seed:
    """Declare what each tenant has: a function that makes the records that are missing, so that it can run again.

    A record that another one refers to needs an id.
    """
    _seeds.append(plant)
    return plant


def plant_all(session: Session, tenant: Tenant) -> None:
    """Plant what all modules declared."""
    _plant(_scope(session, tenant))


def plant_missing(tenant: Tenant) -> None:
    """Plant what a newer program declares in a tenant that is there already."""
    with writing(tenant, operator=True) as opened:
        scope = _scope(opened.session, tenant)
        if _plant(scope):
            customisation_changed(scope)


def _scope(session: Session, tenant: Tenant) -> Scope:
    """The tenant's own system identity at work; before its rights are there."""
    system = Profile(principal_id=SYSTEM_PRINCIPAL, kind="system", department_id=None, rights={}, limits={})
    return Scope(tenant=tenant, session=session, profile=system, customisation_version=0)


def _plant(scope: Scope) -> bool:
    """Whether anything was missing; one statement for each object, and one for the audit of all."""
    found: dict[type[Record], list[Record]] = {}
    for plant in _seeds:
        for record in plant(scope.session, scope.tenant):
            found.setdefault(type(record), []).append(record)
    for of, records in found.items():
        write_records(scope, object_of(of), records)
    write_audit(scope, [created(record) for records in found.values() for record in records])
    return bool(found)
