"""Who comes in: e-mail and password against a token, and a token against the person who holds it."""

import hashlib
import secrets
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, delete, select

from saas.kit.clock import now
from saas.kit.errors import AtriumError, NotFound, RateLimited, TenantUnavailable, Unauthenticated, Unavailable
from saas.kit.ids import SIGN_IN as SIGN_IN_CODE
from saas.kit.ids import new_id
from saas.kit.settings import settings
from saas.tenants.directory import AnyRow, directory, rows, tenant_from
from saas.tenants.directory_tables import membership
from saas.tenants.directory_tables import sign_in as sign_in_table
from saas.tenants.identity.access_token import AccessClaims, access_claims
from saas.tenants.identity.by_password import Shown, Try, check_still, person_by_password, refuse
from saas.tenants.identity.keys import forget_keys
from saas.tenants.identity.lockout import forget_failures
from saas.tenants.identity.pending import SECOND_FACTOR, is_due, pending_after_password
from saas.tenants.identity.places import Place, places_of
from saas.tenants.identity.policy import strictest
from saas.tenants.identity.refusals import PasswordExpired, SecondFactorRequired, SecondFactorWrong, SsoRequired
from saas.tenants.identity.second_factor import second_factor_is_right
from saas.tenants.identity.who import TOKEN_PREFIXES, app_query, bearer_query
from saas.tenants.letting_in import let_in
from saas.tenants.membership import shut_out
from saas.tenants.tenant import Tenant, TenantState

__all__ = ["Caller", "SignedIn", "identify", "issue_token", "let_in", "shut_out", "sign_in", "sign_out"]

FRESH = timedelta(seconds=5)
WITHOUT_DIRECTORY = timedelta(minutes=10)
# After the directory did not answer, nobody waits for it again this long.
_LEAVE_ALONE = timedelta(seconds=2)
_MOST_REMEMBERED = 20_000
_WRONG = ("Tenant, e-mail or password is wrong.", "Check all three.")


@dataclass(frozen=True, slots=True)
class SignedIn:
    token: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Caller:
    """Who holds a token; `memo` is for what others know of them, as long as the directory's word counts.

    scopes     what the token may be used for, as `object:operation`; None: whatever its holder may do
    person_id  the person, None where an app acts as itself
    app_id     the app that was given the token, None where its holder shows it themselves; `app` is its name
    """

    tenant: Tenant
    principal_id: UUID
    sign_in_id: UUID
    expires_at: datetime
    scopes: frozenset[str] | None = None
    person_id: UUID | None = None
    app_id: UUID | None = None
    app: str = ""
    memo: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)


def sign_in(
    slug: str, email: str, password: str, otp: str | None = None, *, address: str = "", agent: str = ""
) -> SignedIn:
    """A token for the person; what was wrong is told to nobody, neither in words nor in time.

    Once the password is right, a rule of the tenant may refuse it yet: SsoRequired, SecondFactorRequired (`otp` is a
    code of the second factor), PasswordExpired, TenantUnavailable.
    """
    tried = Try(email, password, address, agent, slug, wrong_words=_WRONG)
    shown = person_by_password(tried)
    places = places_of(shown.id)
    place = next((each for each in places if each.tenant.slug == slug), None)
    if place is None:
        refuse(tried, shown.id, "refused")  # counts, else a right password would be told by what does not lock
        raise tried.wrong()
    needs_factor = pending_after_password(shown.id, [place.policy]) == SECOND_FACTOR
    try:
        _check_open(place.tenant)
        if not place.policy.password_allowed:
            raise SsoRequired
        if needs_factor and not otp:
            raise SecondFactorRequired
        if is_due(shown.password_set_at, strictest(each.policy for each in places).password_days):
            raise PasswordExpired
    except AtriumError:
        refuse(tried, shown.id, "refused", counts=False)
        raise
    return _signed_in(tried, shown, place, otp if needs_factor else None)


def _signed_in(tried: Try, shown: Shown, place: Place, otp: str | None) -> SignedIn:
    try:
        with directory() as connection:
            check_still(connection, tried, shown, place.membership_id)
            method = second_factor_is_right(connection, shown.id, otp) if otp else "pwd"
            if method is not None:
                signed_in = _issue(connection, place.membership_id, settings().token_hours, "password")
                if shown.has_failed:
                    forget_failures(connection, shown.id)
                tried.logged(connection, shown.id, "ok", method, tenant_id=place.tenant.id)
                return signed_in
    except RateLimited:  # too many codes were wrong
        refuse(tried, shown.id, "locked", "otp", counts=False)
        raise
    refuse(tried, shown.id, "second_factor_wrong", "otp")
    raise SecondFactorWrong


def issue_token(tenant: Tenant, principal_id: UUID, hours: float) -> SignedIn:
    """A token without a password, for an operator; only for who may sign in."""
    query = select(membership.c.id).where(
        membership.c.tenant_id == tenant.id,
        membership.c.principal_id == principal_id,
        membership.c.ended_at.is_(None),
    )
    with directory() as connection:
        found = connection.execute(query.with_for_update(read=True)).scalar_one_or_none()
        if found is None:
            raise NotFound(f"Nobody signs in to {tenant.slug} as {principal_id}.", remedy="Let them in first.")
        return _issue(connection, found, hours, "operator")


def identify(token: str) -> Caller:
    """Who holds the token; asked of the directory at most every five seconds, remembered while it is down."""
    hash = _hash(token)
    moment = now()
    known = _remembered.get(hash)
    if known is None or moment - known.asked_at > FRESH:
        try:
            known = _ask(token, hash, moment)
        except Unavailable:
            if known is None or moment - known.asked_at > WITHOUT_DIRECTORY:
                raise
    if known.caller.expires_at <= moment:
        raise _no_token()
    _check_open(known.caller.tenant)
    return known.caller


def remembered(token: str) -> Caller | None:
    """Who holds the token, if that was asked so lately that nobody need be asked now."""
    moment = now()
    known = _remembered.get(_hash(token))
    if known is None or moment - known.asked_at > FRESH or known.caller.expires_at <= moment:
        return None
    return known.caller if known.caller.tenant.state is TenantState.ACTIVE else None


def sign_out(token: str) -> None:
    """The token is worth nothing from now on; elsewhere within five seconds."""
    hash = _hash(token)
    _remembered.forget(hash)
    with directory() as connection:
        connection.execute(delete(sign_in_table).where(sign_in_table.c.token_hash == hash))


def forget_callers() -> None:
    """Ask the directory again about every token, and for the keys that sign them."""
    _remembered.clear()
    forget_keys()


@dataclass(frozen=True, slots=True)
class _Known:
    caller: Caller
    asked_at: datetime


class _Remembered:
    """The tokens seen last, each with what the directory said and when."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._known: OrderedDict[bytes, _Known] = OrderedDict()
        self.directory_down_at: datetime | None = None

    def get(self, hash: bytes) -> _Known | None:
        with self._lock:
            return self._known.get(hash)

    def put(self, hash: bytes, known: _Known) -> None:
        with self._lock:
            self._known[hash] = known
            self._known.move_to_end(hash)
            if len(self._known) > _MOST_REMEMBERED:
                self._known.popitem(last=False)

    def forget(self, hash: bytes) -> None:
        with self._lock:
            self._known.pop(hash, None)

    def clear(self) -> None:
        with self._lock:
            self._known.clear()
            self.directory_down_at = None


_remembered = _Remembered()


def _ask(token: str, hash: bytes, moment: datetime) -> _Known:
    down_at = _remembered.directory_down_at
    if down_at is not None and moment - down_at < _LEAVE_ALONE:
        raise Unavailable("The directory does not answer.", remedy="Try again soon.")
    claims = None if token.startswith(TOKEN_PREFIXES) else access_claims(token)
    if claims is None and not token.startswith(TOKEN_PREFIXES):
        raise _no_token()
    query = bearer_query(hash) if claims is None else app_query(claims.authorization_id)
    try:
        found = rows(query)
    except Unavailable:
        _remembered.directory_down_at = moment
        raise
    if not found:
        _remembered.forget(hash)
        raise _no_token()
    known = _Known(_caller_from(found[0], claims), moment)
    _remembered.put(hash, known)
    return known


def _caller_from(row: AnyRow, claims: AccessClaims | None) -> Caller:
    scopes = None if row.scopes is None else frozenset(row.scopes)
    if claims is not None:
        scopes = claims.scopes & (scopes or frozenset())
    return Caller(
        tenant_from(row),
        row.principal_id,
        row.token_id,
        row.expires_at if claims is None else claims.expires_at,
        scopes,
        row.person_id,
        row.app_id,
        row.app or "",
    )


def _issue(connection: Connection, membership_id: UUID, hours: float, kind: str) -> SignedIn:
    token = TOKEN_PREFIXES[0] + secrets.token_urlsafe(32)
    expires_at = now() + timedelta(hours=hours)
    connection.execute(
        sign_in_table.insert().values(
            id=new_id(SIGN_IN_CODE),
            token_hash=_hash(token),
            membership_id=membership_id,
            kind=kind,
            expires_at=expires_at,
            created_at=now(),
        )
    )
    return SignedIn(token, expires_at)


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def _no_token() -> Unauthenticated:
    return Unauthenticated("The token is unknown or has ended.", remedy="Sign in again.")


def _check_open(tenant: Tenant) -> None:
    if tenant.state is not TenantState.ACTIVE:
        raise TenantUnavailable(
            f"The tenant {tenant.slug} is {tenant.state}; nobody can sign in.", remedy="Ask who operates Atrium."
        )
