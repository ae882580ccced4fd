"""GraphQL documents that a tenant's front ends have left here, to ask for them by their hash alone."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from saas.engine.record import metadata
from saas.kit.errors import Conflict

MOST = 5_000

document = sa.Table(
    "document",
    metadata,
    sa.Column("hash", sa.Text(collation="C"), primary_key=True, nullable=False),
    sa.Column("text", sa.Text(collation="C"), nullable=False),
    sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
    comment="Persisted GraphQL documents by the sha256 of their text.",
)


def document_text(session: Session, hash_: str) -> str | None:
    """The document with this hash, None where the tenant keeps none."""
    return session.execute(sa.select(document.c.text).where(document.c.hash == hash_)).scalar_one_or_none()


def keep_document(session: Session, hash_: str, text: str, now: datetime) -> None:
    """Keep the document; Conflict where the tenant keeps too many."""
    kept = session.execute(sa.select(sa.func.count()).select_from(document)).scalar_one()
    if kept >= MOST:
        raise Conflict(
            f"{MOST:,} documents are kept already.", remedy="Send the query itself: documents are for programs."
        )
    session.execute(insert(document).values(hash=hash_, text=text, kept_at=now).on_conflict_do_nothing())
