"""The dictionaries that fields are chosen from, with the entries that a company begins with."""

from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.orm import Session

from saas.engine.dictionary import dictionaries
from saas.engine.field import DictionaryFacts
from saas.engine.seeds import seed
from saas.modules.masters.dictionary import Dictionary, DictionaryEntry
from saas.modules.masters.planting import plant
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
    plant(session, tenant, kept)
    plant(session, tenant, [entry for facts, one in zip(missing, kept, strict=True) for entry in _entries(facts, one)])


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
