"""The dictionaries that fields are chosen from, with the entries that a company begins with."""

from collections.abc import Iterator, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from saas.engine.access.profile import Profile
from saas.engine.access.tables import SYSTEM_PRINCIPAL
from saas.engine.audit import created, write_audit
from saas.engine.dictionary import dictionaries
from saas.engine.field import DictionaryFacts
from saas.engine.record import Record
from saas.engine.scope import Scope
from saas.engine.seeds import seed
from saas.modules.masters.dictionary import Dictionary, DictionaryEntry
from saas.tenants.tenant import Tenant

STEP = 10  # between two ranks: room for what a company puts in between


@seed
def plant_dictionaries(session: Session, tenant: Tenant) -> None:
    """Add the dictionaries that are missing, each with its entries; one that is there is left as the company has it."""
    there = set(session.execute(sa.select(Dictionary.code)).scalars())
    missing = [facts for facts in dictionaries() if facts.code not in there]
    kept = [
        Dictionary(code=facts.code, name=facts.label.in_language(tenant.language), is_system=True) for facts in missing
    ]
    session.add_all(kept)
    session.flush()  # entries need the ids
    entries = [entry for facts, one in zip(missing, kept, strict=True) for entry in _entries(facts, one)]
    session.add_all(entries)
    session.flush()  # the audit needs ids and versions
    _told(session, tenant, [*kept, *entries])


def _entries(facts: DictionaryFacts, dictionary: Dictionary) -> Iterator[DictionaryEntry]:
    for number, entry in enumerate(facts.entries, start=1):
        yield DictionaryEntry(
            dictionary_id=dictionary.id,
            code=entry.code,
            label=entry.label.en,
            label_zh=entry.label.zh,
            rank=number * STEP,
            is_active=True,
        )


def _told(session: Session, tenant: Tenant, records: Sequence[Record]) -> None:
    """The audit of new records, which the tenant's own system identity made."""
    system = Profile(principal_id=SYSTEM_PRINCIPAL, kind="system", department_id=None, rights={}, limits={})
    scope = Scope(tenant=tenant, session=session, profile=system, customisation_version=0)
    write_audit(scope, [created(record) for record in records])
