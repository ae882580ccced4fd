"""Mails about sign-in, written by workers: a job knows ids only, and makes the secret of a link when it writes."""

from datetime import datetime
from typing import Literal
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from saas.engine.field import Label
from saas.engine.jobs import job
from saas.engine.scope import Scope, open_scope
from saas.gateways.mail import Mail, mailer
from saas.kit.clock import now
from saas.kit.settings import settings
from saas.modules.identity.mail_texts import written
from saas.modules.organisation.employee import Employee
from saas.tenants.identity.links import Link, link_secret
from saas.tenants.identity.memberships import memberships_of
from saas.tenants.identity.people import contact_of

QUEUE = "mail"
Notice = Literal["password_changed", "second_factor_on", "second_factor_off"]


@job(queue=QUEUE, label=Label("Send an invitation", "发送邀请"))
def invitation_send(scope: Scope, link_id: UUID) -> None:
    """Invite somebody by mail."""
    made = link_secret(link_id)
    if made is None:
        return
    link, secret = made
    url = f"{settings().public_url}/account/invitation/{secret}"
    inviter = _name(scope, link.invited_by) or scope.tenant.name
    _send(scope, link, "invitation", url, company=scope.tenant.name, inviter=inviter)


@job(queue=QUEUE, label=Label("Send a link for a new password", "发送重设密码链接"))
def password_link_send(scope: Scope, link_id: UUID) -> None:
    """Send a person the link under which they choose a new password."""
    made = link_secret(link_id)
    if made is not None:
        link, secret = made
        _send(scope, link, "password_link", f"{settings().public_url}/account/forgotten/{secret}", email=link.email)


@job(queue=QUEUE, label=Label("Tell of a change to a sign-in", "通知登录变更"))
def sign_in_notice_send(scope: Scope, person_id: UUID, kind: str, changed_at: str) -> None:
    """Tell a person that something about their sign-in was changed, so that they notice where it was not them."""
    person = contact_of(person_id)
    if person is None:
        return
    language, moment = person.language or scope.tenant.language, datetime.fromisoformat(changed_at)
    url = f"{settings().public_url}/account/forgotten"
    letter = written(kind, language, url, email=person.email, until=_told(scope, moment))
    message_id = f"{kind}.{person_id}.{moment.timestamp():.0f}"
    mailer().send(Mail(person.email, letter.subject, letter.text, letter.html, message_id))


def sign_in_was_changed(person_id: UUID, kind: Notice) -> None:
    """Have the person told by mail, which the workers of one of their companies write."""
    for place in memberships_of(person_id)[:1]:
        with open_scope(place.tenant, None, write=True) as scope:
            moment = now().isoformat(timespec="seconds")
            scope.later(sign_in_notice_send, person_id=person_id, kind=kind, changed_at=moment)


def _send(scope: Scope, link: Link, kind: str, url: str, **values: str) -> None:
    letter = written(kind, link.language, url, until=_told(scope, link.expires_at), **values)
    mailer().send(Mail(link.email, letter.subject, letter.text, letter.html, f"link.{link.id}"))


def _told(scope: Scope, moment: datetime) -> str:
    """The moment on the company's wall."""
    local = moment.astimezone(ZoneInfo(scope.time_zone))
    return f"{local:%Y-%m-%d %H:%M} ({scope.time_zone})"


def _name(scope: Scope, employee_id: UUID | None) -> str | None:
    table = Employee.__table__
    found: str | None = scope.session.execute(
        sa.select(table.c.name).where(table.c.id == employee_id)
    ).scalar_one_or_none()
    return found
