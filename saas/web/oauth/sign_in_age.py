"""Whether a sign-in is fresh enough for an app that asks for a new one, or for one of late."""

import hashlib
import hmac

from saas.kit.clock import now
from saas.kit.settings import settings
from saas.tenants.identity.sessions import Session
from saas.web.oauth.authorization_request import AuthorizationRequest

_ANEW = {"login", "select_account"}


def is_too_old(asked: AuthorizationRequest, session: Session) -> bool:
    """Whether the person has to sign in once more; who did so after the request first came need not again."""
    age = (now() - session.authenticated_at).total_seconds()
    if _ANEW.isdisjoint(asked.prompt) and (asked.max_age is None or age <= asked.max_age):
        return False
    since = _marked(asked)
    return since is None or session.authenticated_at.timestamp() < since


def mark(asked: AuthorizationRequest) -> str:
    """When the request came, for its own address: signed, so that nobody dates it back to get round a new sign-in."""
    moment = f"{now().timestamp():.3f}"
    return f"{moment}-{_signature(asked, moment)}"


def _marked(asked: AuthorizationRequest) -> float | None:
    moment, _, signature = dict(asked.pairs).get("since", "").partition("-")
    if not hmac.compare_digest(signature.encode("utf-8", "surrogatepass"), _signature(asked, moment).encode()):
        return None
    return float(moment)


def _signature(asked: AuthorizationRequest, moment: str) -> str:
    key = settings().secret.get_secret_value().encode()
    return hmac.new(key, f"since {moment} {asked.app.client_id}".encode(), hashlib.sha256).hexdigest()
