"""What every tenant begins with: each module says what it needs there, and all of it is planted with the tenant."""

from collections.abc import Callable, Iterable, Set
from typing import Any

import sqlalchemy as sa
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

There = Set[Any]
Seed = Callable[[Session, Tenant, There], Iterable[Record]]
_seeds: list[tuple[sa.Select[Any], Seed]] = []
_NOTHING: There = frozenset()


def seed(asks: sa.Select[Any]) -> Callable[[Seed], Seed]:
    """Declare what each tenant has: a function that makes the records that are missing, so that it can run again.

    It is given what is there already, as far as `asks` selects it. A record that another one refers to needs an id.
    """

    def declare(plant: Seed) -> Seed:
        _seeds.append((asks, plant))
        return plant

    return declare


def plant_all(session: Session, tenant: Tenant) -> None:
    """Plant what all modules declared in a tenant that is being made: nothing is there, so nothing is asked."""
    _plant(_scope(session, tenant), lambda _asks: _NOTHING)


def plant_missing(tenant: Tenant) -> None:
    """Plant what a newer program declares in a tenant that is there already."""
    with writing(tenant, operator=True) as opened:
        scope = _scope(opened.session, tenant)
        if _plant(scope, lambda asks: set(opened.session.execute(asks).scalars())):
            customisation_changed(scope)


def _scope(session: Session, tenant: Tenant) -> Scope:
    """The tenant's own system identity at work; before its rights are there."""
    system = Profile(principal_id=SYSTEM_PRINCIPAL, kind="system", department_id=None, rights={}, limits={})
    return Scope(tenant=tenant, session=session, profile=system, customisation_version=0)


def _plant(scope: Scope, there: Callable[[sa.Select[Any]], There]) -> bool:
    """Whether anything was missing; one statement for each object, and one for the audit of all."""
    found: dict[type[Record], list[Record]] = {}
    for asks, plant in _seeds:
        for record in plant(scope.session, scope.tenant, there(asks)):
            found.setdefault(type(record), []).append(record)
    for of, records in found.items():
        write_records(scope, object_of(of), records)
    write_audit(scope, [created(record) for records in found.values() for record in records])
    return bool(found)
