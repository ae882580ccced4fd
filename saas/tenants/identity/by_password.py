"""Who shows a password: one way for the page and for `POST /sign-in`, which tells nobody what was wrong."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, select

from saas.kit.errors import Unauthenticated
from saas.tenants.directory import directory, rows
from saas.tenants.directory_tables import membership, person, tenant
from saas.tenants.identity.captcha_demand import is_captcha_needed
from saas.tenants.identity.lockout import count_failure, failures_of, with_failures
from saas.tenants.identity.refusals import CaptchaRequired
from saas.tenants.identity.sign_in_log import log_sign_in
from saas.tenants.names import is_slug
from saas.tenants.passwords import is_right


@dataclass(frozen=True, slots=True)
class Try:
    """A try to sign in by password.

    address, agent  of the caller, for the log
    slug            the tenant that was named, if one was
    captcha         whether the letters of a picture were read rightly; None: none were sent
    is_suspect      whether so much failed from the caller's network that letters are asked for
    wrong_words     the one sentence, with its remedy, for all that can be wrong
    """

    email: str
    password: str
    address: str = ""
    agent: str = ""
    slug: str = ""
    captcha: bool | None = None
    is_suspect: bool = False
    wrong_words: tuple[str, str] = ("E-mail or password is wrong.", "Check both.")

    def wrong(self) -> Unauthenticated:
        """The error for whatever was wrong."""
        return Unauthenticated(self.wrong_words[0], remedy=self.wrong_words[1])

    def logged(
        self,
        connection: Connection,
        person_id: UUID | None,
        outcome: str,
        method: str = "pwd",
        *,
        session_id: UUID | None = None,
        tenant_id: UUID | None = None,
    ) -> None:
        """Write down what came of it; the id of the tenant that was named is looked up where it is not known."""
        if tenant_id is None and is_slug(self.slug):
            named = select(tenant.c.id).where(tenant.c.slug == self.slug)
            tenant_id = connection.execute(named).scalar_one_or_none()
        log_sign_in(
            connection,
            person_id=person_id,
            email=self.email,
            outcome=outcome,
            method=method,
            address=self.address,
            agent=self.agent,
            tenant_id=tenant_id,
            session_id=session_id,
        )


@dataclass(frozen=True, slots=True)
class Shown:
    """A person who showed their password, and the hash against which it was checked."""

    id: UUID
    password_hash: str
    password_set_at: datetime
    has_failed: bool


def person_by_password(tried: Try) -> Shown:
    """The person with this address and password. Unauthenticated, in one sentence, where it is not right or locked.

    Every way through it checks one password hash, so that its time tells nothing; only a captcha is asked for before.
    """
    columns = person.c.id, person.c.password_hash, person.c.password_set_at, person.c.created_at
    row = rows(with_failures(tried.email, *columns))[0]
    failures = failures_of(row)
    needs_captcha = tried.is_suspect or is_captcha_needed(tried.email, failures)
    if tried.captcha is False or (needs_captcha and not tried.captcha):
        refuse(tried, row.id, "captcha", counts=False)
        raise CaptchaRequired
    is_theirs = is_right(tried.password, row.password_hash)
    if failures.wait:
        refuse(tried, row.id, "locked", counts=False)
        raise tried.wrong()
    if not is_theirs:
        refuse(tried, row.id, "wrong")
        raise tried.wrong()
    return Shown(row.id, row.password_hash, row.password_set_at or row.created_at, failures.count > 0)


def is_next_with_captcha(email: str) -> bool:
    """Whether the next try with this address needs the letters of a picture."""
    return is_captcha_needed(email, failures_of(rows(with_failures(email))[0]))


def refuse(tried: Try, person_id: UUID | None, outcome: str, method: str = "pwd", *, counts: bool = True) -> None:
    """Write down a try that was refused; one that counts brings locking nearer."""
    with directory() as connection:
        if counts:
            count_failure(connection, person_id, tried.email)
        tried.logged(connection, person_id, outcome, method)


def check_still(connection: Connection, tried: Try, shown: Shown, membership_id: UUID | None = None) -> None:
    """Refuse where the password was replaced since it was checked: a new one ends all that was begun with the old.

    Refused is also a membership that ended meanwhile.
    """
    held = select(person.c.password_hash).where(person.c.id == shown.id).with_for_update(read=True)
    if membership_id is not None:
        mine = (membership.c.id == membership_id) & (membership.c.person_id == person.c.id)
        held = held.join(membership, mine & membership.c.ended_at.is_(None))
    if connection.execute(held).scalar_one_or_none() != shown.password_hash:
        raise tried.wrong()
