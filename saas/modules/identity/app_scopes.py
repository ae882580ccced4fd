"""The OAuth scopes that an app can be granted: the functional rights, and what it may learn of the person."""

from collections.abc import Collection

from saas.engine.permissions import is_scope
from saas.kit.errors import BadInput

# openid: who they are; profile: their name; email: their address; offline_access: while they are away.
OF_PEOPLE = ("openid", "profile", "email", "offline_access")
MOST = 200


def check_scopes(scopes: Collection[str], name: str) -> frozenset[str]:
    """The scopes; BadInput, at `name`, where one of them can mean nothing."""
    for scope in scopes:
        if scope not in OF_PEOPLE and not is_scope(scope):
            remedy = f"A scope is object:operation such as customer:read, or one of {', '.join(OF_PEOPLE)}."
            raise BadInput(f"There is no scope {scope[:100]!r}.", remedy=remedy, path=(name,))
    if len(scopes) > MOST:
        raise BadInput(f"An app asks for at most {MOST} scopes.", path=(name,))
    return frozenset(scopes)
