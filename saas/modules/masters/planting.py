"""Records that a company begins with, in its audit as made by its own system identity."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from saas.engine.access.profile import Profile
from saas.engine.access.tables import SYSTEM_PRINCIPAL
from saas.engine.audit import created, write_audit
from saas.engine.record import Record
from saas.engine.registry import object_of
from saas.engine.scope import Scope
from saas.engine.write.insert import insert_records
from saas.tenants.tenant import Tenant


def plant(session: Session, tenant: Tenant, records: Sequence[Record]) -> None:
    """Write these new records of one object and their audit."""
    if not records:
        return
    system = Profile(principal_id=SYSTEM_PRINCIPAL, kind="system", department_id=None, rights={}, limits={})
    scope = Scope(tenant=tenant, session=session, profile=system, customisation_version=0)
    insert_records(scope, object_of(type(records[0])), records)
    write_audit(scope, [created(record) for record in records])
