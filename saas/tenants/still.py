"""Whether those who came in a while ago still may be here: asked for many at once, as live connections need it."""

from collections.abc import Sequence
from itertools import chain

from saas.kit.clock import now
from saas.kit.errors import AtriumError, TenantUnavailable, Unauthenticated
from saas.tenants.directory import AnyRow, rows
from saas.tenants.identity.who import apps_query, bearers_query
from saas.tenants.sign_in import Caller
from saas.tenants.tenant import TenantState

_REMEDY = "Connect again with a token that is good."


def objections(callers: Sequence[Caller]) -> list[AtriumError | None]:
    """For each why they may not stay, None where they may; asked of the directory. Unavailable while it is down."""
    own = {each.sign_in_id for each in callers if each.app_id is None}
    given = {each.sign_in_id for each in callers if each.app_id is not None}
    found = chain(rows(bearers_query(own)) if own else (), rows(apps_query(given)) if given else ())
    known = {row.token_id: row for row in found}
    return [_objection(each, known.get(each.sign_in_id)) for each in callers]


def has_ended(caller: Caller) -> bool:
    """Whether the time of the token is over, which needs nobody to be asked."""
    return caller.expires_at <= now()


def _objection(caller: Caller, row: AnyRow | None) -> AtriumError | None:
    if row is None or has_ended(caller):
        return Unauthenticated("The token has ended.", remedy=_REMEDY)
    if row.state != TenantState.ACTIVE:
        return TenantUnavailable(f"The tenant {caller.tenant.slug} is {row.state}.", remedy="Ask who operates Atrium.")
    if row.scopes is not None and not (caller.scopes or frozenset()) <= set(row.scopes):
        return Unauthenticated("The token may do less than before.", remedy=_REMEDY)
    return None
