"""The dictionaries that fields are chosen from, with the entries that a company begins with."""

from collections.abc import Iterator
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from saas.engine.dictionary import dictionaries
from saas.engine.field import DictionaryFacts
from saas.engine.record import Record, new_record
from saas.engine.seeds import There, seed
from saas.kit import ids
from saas.modules.masters.dictionary import Dictionary, DictionaryEntry
from saas.tenants.tenant import Tenant

STEP = 10  # between two ranks: room for what a company puts in between


@seed(sa.select(Dictionary.code))
def plant_dictionaries(_session: Session, tenant: Tenant, there: There) -> Iterator[Record]:
    """Add the dictionaries that are missing, each with its entries; one that is there is left as the company has it."""
    for facts in dictionaries():
        if facts.code not in there:
            id_, name = ids.new_id(Dictionary.facts.code), facts.label.in_language(tenant.language)
            yield new_record(Dictionary, {"id": id_, "code": facts.code, "name": name, "is_system": True})
            yield from _entries(facts, id_)


def _entries(facts: DictionaryFacts, dictionary_id: UUID) -> Iterator[DictionaryEntry]:
    for number, entry in enumerate(facts.entries, start=1):
        values = {
            "dictionary_id": dictionary_id,
            "code": entry.code,
            "label": entry.label.en,
            "label_zh": entry.label.zh,
            "rank": number * STEP,
            "is_active": True,
        }
        yield new_record(DictionaryEntry, values)
