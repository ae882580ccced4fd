"""Identity providers and domains of the company, administered: with the right, checked, and written down as acts."""

import re
from collections.abc import Mapping, Sequence
from typing import cast
from uuid import UUID

from saas.engine.problem import Problem, ProblemCode, not_found
from saas.engine.scope import Scope
from saas.engine.write.outcome import Outcome
from saas.gateways.outside import OutsideRefused, outside_target
from saas.modules.organisation.grant_check import living
from saas.modules.organisation.role import Role
from saas.tenants.identity.sso.connections import (
    Connection,
    RoleMapping,
    connection_create,
    connection_delete,
    connection_in,
    connection_update,
    connections,
    mappings_told,
)
from saas.tenants.identity.sso.domains import (
    Domain,
    domain_claim,
    domain_delete,
    domain_from,
    domain_in,
    domain_verified,
    domains,
    is_record_set,
)
from saas.tenants.identity.sso.provider import what_is_wrong

READ, UPDATE = "connection.read", "connection.update"
_SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]{1,100}")
_MOST = 100
_LONGEST = {"name": 100, "client_id": 300, "secret": 1000}

Values = Mapping[str, object]


def connections_in_sight(scope: Scope) -> list[Connection]:
    """The company's identity providers. Forbidden without connection.read."""
    scope.need(READ)
    return connections(scope.tenant.id)


def domains_in_sight(scope: Scope) -> list[Domain]:
    """The domains that the company claims. Likewise."""
    scope.need(READ)
    return domains(scope.tenant.id)


def connection_made(scope: Scope, values: Values) -> list[Outcome]:
    """A new connection. `values` by the names of Connection, `secret` in the clear."""
    scope.need(UPDATE)
    outcome = Outcome(problems=_problems(scope, values))
    if not outcome.problems:
        outcome.id, outcome.changed = connection_create(scope.directory, scope.tenant.id, _complete(values)), True
        scope.act("connection.create", str(outcome.id), **_told(values))
    return [outcome]


def connection_changed(scope: Scope, connection_id: UUID, values: Values) -> list[Outcome]:
    """Change what is named. Another issuer needs the secret anew: the old one is not sent to a new place."""
    scope.need(UPDATE)
    before = connection_in(scope.directory, scope.tenant.id, connection_id)
    if before is None:
        return [Outcome(problems=[_no_connection(connection_id)])]
    outcome = Outcome(problems=_problems(scope, values))
    is_moved = values.get("issuer", before.issuer) != before.issuer
    if is_moved and before.client_secret is not None and "secret" not in values:
        message = "Another issuer needs the client secret anew."
        outcome.problems.append(Problem(ProblemCode.REQUIRED, message, ("clientSecret",)))
    if not outcome.problems:
        connection_update(scope.directory, before, _complete(values) if "scopes" in values else values)
        outcome.id, outcome.changed = connection_id, True
        scope.act("connection.update", str(connection_id), **_told(values))
    return [outcome]


def connection_removed(scope: Scope, connection_id: UUID) -> list[Outcome]:
    """Remove it; all sessions that came through it end."""
    scope.need(UPDATE)
    before = connection_in(scope.directory, scope.tenant.id, connection_id)
    if before is None:
        return [Outcome(problems=[_no_connection(connection_id)])]
    connection_delete(scope.directory, connection_id)
    scope.act("connection.delete", str(connection_id), name=before.name, issuer=before.issuer)
    return [Outcome(id=connection_id, changed=True)]


def connection_tested(scope: Scope, connection_id: UUID) -> tuple[list[Outcome], list[str]]:
    """What is wrong with the provider, in sentences; none: nothing."""
    scope.need(UPDATE)
    found = next((each for each in connections(scope.tenant.id) if each.id == connection_id), None)
    if found is None:
        return [Outcome(problems=[_no_connection(connection_id)])], []
    return [Outcome(id=connection_id)], what_is_wrong(found.issuer)


def domain_claimed(scope: Scope, given: str) -> Domain:
    """Begin to show that a domain is the company's; BadInput where it is none, or anybody's."""
    scope.need(UPDATE)
    domain = domain_from(given)
    found = domain_claim(scope.directory, scope.tenant.id, domain)
    scope.act("domain.claim", domain)
    return found


def domain_checked(scope: Scope, given: str) -> list[Problem]:
    """Make the claimed domain the company's own, where its record stands; else why not."""
    scope.need(UPDATE)
    domain = domain_from(given)
    claim = domain_in(scope.directory, scope.tenant.id, domain)
    if claim is None:
        return [not_found(f"{domain} is not claimed.", "domain")]
    if not is_record_set(claim):
        message = f"There is no TXT record {claim.record_value!r} at {claim.record_name} yet."
        return [Problem(ProblemCode.RULE_BROKEN, message, ("domain",), rule="domain_record_is_set")]
    if not domain_verified(scope.directory, scope.tenant.id, domain):
        message = f"{domain} is another company's already."
        return [Problem(ProblemCode.DUPLICATE, message, ("domain",), kind="Duplicate")]
    scope.act("domain.verify", domain)
    return []


def domain_given_up(scope: Scope, given: str) -> list[Problem]:
    """Give the domain up: nobody signs in with its addresses through the company's providers any more."""
    scope.need(UPDATE)
    domain = domain_from(given)
    if not domain_delete(scope.directory, scope.tenant.id, domain):
        return [not_found(f"{domain} is not claimed.", "domain")]
    scope.act("domain.delete", domain)
    return []


def _problems(scope: Scope, values: Values) -> list[Problem]:
    found = [
        Problem(ProblemCode.BAD_INPUT, f"It needs 1 to {most} characters.", (_PATHS[name],))
        for name, most in _LONGEST.items()
        if isinstance(values.get(name), str) and not 0 < len(str(values[name]).strip()) <= most
    ]
    if "issuer" in values:
        found += _issuer_problems(str(values["issuer"]))
    scopes = cast("Sequence[str]", values.get("scopes", ()))
    if len(scopes) > _MOST or not all(map(_SCOPE.fullmatch, scopes)):
        found.append(Problem(ProblemCode.BAD_INPUT, "A scope is one word; 100 at most.", ("scopes",)))
    if "role_mappings" in values:
        found += _mapping_problems(scope, cast("Sequence[RoleMapping]", values["role_mappings"]))
    return found


def _issuer_problems(issuer: str) -> list[Problem]:
    try:
        target = outside_target(issuer)
    except OutsideRefused as error:
        return [Problem(ProblemCode.BAD_INPUT, str(error), ("issuer",))]
    if target.url.query or target.url.fragment or "#" in issuer or "?" in issuer:
        return [Problem(ProblemCode.BAD_INPUT, "An issuer has no query and no fragment.", ("issuer",))]
    return []


def _mapping_problems(scope: Scope, mappings: Sequence[RoleMapping]) -> list[Problem]:
    """Whoever maps roles grants them, so the right to do that is asked too."""
    if not mappings:
        return []
    scope.need("role.update")
    there = living(scope, Role, {each.role_id for each in mappings})
    found = [
        not_found(f"There is no role {each.role_id} in your sight.", "roleMappings", str(place), "roleId")
        for place, each in enumerate(mappings)
        if each.role_id not in there
    ]
    if len(mappings) > _MOST or any(not each.claim or len(each.claim + each.value) > 500 for each in mappings):
        message = "A mapping names a claim; 100 mappings at most."
        found.append(Problem(ProblemCode.BAD_INPUT, message, ("roleMappings",)))
    return found


def _complete(values: Values) -> Values:
    """With `openid` among the scopes, without which there is no ID token."""
    scopes = cast("Sequence[str]", values["scopes"])
    return {**values, "scopes": tuple(dict.fromkeys(("openid", *scopes)))}


def _told(values: Values) -> dict[str, object]:
    """The values as the act tells them: that there is a secret, but not which."""
    told = {name: value for name, value in values.items() if name not in {"secret", "role_mappings"}}
    if "scopes" in told:
        told["scopes"] = list(cast("Sequence[str]", told["scopes"]))
    if "role_mappings" in values:
        told["role_mappings"] = mappings_told(cast("Sequence[RoleMapping]", values["role_mappings"]))
    return told | ({"secret": "set" if values["secret"] else "removed"} if "secret" in values else {})


def _no_connection(connection_id: UUID) -> Problem:
    return not_found(f"There is no connection {connection_id}.", "id")


_PATHS = {"name": "name", "client_id": "clientId", "secret": "clientSecret"}
