"""The mail to who made an endpoint, when it was stopped by something else than people."""

from datetime import datetime
from urllib.parse import urlsplit
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from saas.engine.field import Label
from saas.engine.jobs import job
from saas.engine.scope import Scope
from saas.gateways.mail import Mail, mailer
from saas.modules.identity.mail_texts import filled
from saas.modules.webhooks.mail_texts import REASONS, STOPPED
from saas.modules.webhooks.tables import StateReason, endpoint
from saas.tenants.identity.people import contact_of
from saas.tenants.identity.tenant_people import person_of


@job(queue="mail", label=Label("Tell of a webhook that stopped", "通知网络回调已停止"))
def webhook_stop_send(scope: Scope, endpoint_id: UUID, since: str) -> None:
    """Tell who made it, unless it was resumed, changed hands or deleted since; an app has no mailbox."""
    row = scope.session.execute(sa.select(endpoint).where(endpoint.c.id == endpoint_id)).one_or_none()
    if row is None or row.reason is None or row.state_since != datetime.fromisoformat(since):
        return
    place = person_of(scope.tenant.id, row.created_by)
    person = None if place is None else contact_of(place[1])
    if person is None:
        return
    language = person.language or scope.tenant.language
    local = row.state_since.astimezone(ZoneInfo(scope.time_zone))
    letter = filled(
        STOPPED,
        language,
        name=row.name,
        company=scope.tenant.name,
        host=urlsplit(row.url).netloc,
        since=f"{local:%Y-%m-%d %H:%M} ({scope.time_zone})",
        reason=REASONS[StateReason(row.reason)].in_language(language),
    )
    mail_id = f"webhook.{row.id}.{row.state_since.timestamp():.0f}"
    mailer().send(Mail(person.email, letter.subject, letter.text, letter.html, mail_id))
