"""Whom shares and participation let see single records: told in the audit where a change touches it."""

from collections.abc import Collection
from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from saas.engine.access.tables import record_participant, record_share

SHARED_WITH, PARTICIPANTS = "shared_with", "participants"
LetIn = dict[str, list[str]]


def let_in(session: Session, records: Collection[UUID], today: date) -> dict[UUID, LetIn]:
    """For each of the records the ids it is shared with today, and of those who take part in it."""
    share, part = record_share, record_participant
    shared = sa.select(sa.literal(SHARED_WITH), share.c.record_id, share.c.holder_id).where(
        share.c.record_id.in_(records), sa.or_(share.c.until.is_(None), share.c.until >= today)
    )
    taking = sa.select(sa.literal(PARTICIPANTS), part.c.record_id, part.c.principal_id).where(
        part.c.record_id.in_(records)
    )
    found: dict[UUID, LetIn] = {id_: {SHARED_WITH: [], PARTICIPANTS: []} for id_ in records}
    for name, record_id, holder in session.execute(sa.union_all(shared, taking)):
        found[record_id][name].append(str(holder))
    return found
