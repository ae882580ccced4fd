"""A company's own identity providers and its domains in the API."""

from collections.abc import Callable
from typing import Annotated
from uuid import UUID

import strawberry
from strawberry.types import Info

from saas.engine.problem import Problem as EngineProblem
from saas.engine.write.outcome import Outcome
from saas.kit import ids
from saas.modules.identity.connecting import (
    connection_changed,
    connection_made,
    connection_removed,
    connection_tested,
    connections_in_sight,
    domain_checked,
    domain_claimed,
    domain_given_up,
    domains_in_sight,
)
from saas.schema.connection_types import (
    ClaimedDomain,
    ConnectionCreateInput,
    ConnectionPayload,
    ConnectionTestPayload,
    ConnectionUpdateInput,
    DomainPayload,
    IdentityProvider,
    domain_told,
    provider_told,
    values_from,
)
from saas.schema.operation import Operation
from saas.schema.sharing import done
from saas.tenants.identity.sso.connections import connection_in
from saas.tenants.identity.sso.domains import Domain, domain_from, domain_in

Id = Annotated[strawberry.ID, strawberry.argument(description="Which connection.")]
New = Annotated[ConnectionCreateInput, strawberry.argument(description="The new connection.")]
Changes = Annotated[ConnectionUpdateInput, strawberry.argument(description="What becomes different.")]
Name = Annotated[str, strawberry.argument(description="The domain, such as `acme.example`.")]


def _payload(info: Info, work: Callable[[Operation], list[Outcome]]) -> ConnectionPayload:
    id_, problems = done(info, work)
    scope = info.context.scope
    found = None if id_ is None else connection_in(scope.directory, scope.tenant.id, UUID(id_))
    return ConnectionPayload(id=id_, connection=None if found is None else provider_told(found), problems=problems)


def _create(info: Info, input: New) -> ConnectionPayload | None:
    return _payload(info, lambda on: connection_made(on.scope, values_from(input)))


def _update(info: Info, id: Id, input: Changes) -> ConnectionPayload | None:
    return _payload(info, lambda on: connection_changed(on.scope, ids.parse_id(id), values_from(input)))


def _delete(info: Info, id: Id) -> ConnectionPayload | None:
    return _payload(info, lambda on: connection_removed(on.scope, ids.parse_id(id)))


def _test(info: Info, id: Id) -> ConnectionTestPayload | None:
    findings: list[str] = []

    def work(on: Operation) -> list[Outcome]:
        outcomes, wrong = connection_tested(on.scope, ids.parse_id(id))
        findings.extend(wrong)
        return outcomes

    id_, problems = done(info, work)
    return ConnectionTestPayload(id=id_, works=id_ is not None and not findings, findings=findings, problems=problems)


def _domain_payload(info: Info, domain: str, work: Callable[[Operation], list[EngineProblem]]) -> DomainPayload:
    """A domain has no id; the tenant's own stands for it where one is asked."""

    def attempt(on: Operation) -> list[Outcome]:
        return [Outcome(id=on.scope.tenant.id, problems=work(on))]

    id_, problems = done(info, attempt)
    scope = info.context.scope
    found = None if id_ is None else domain_in(scope.directory, scope.tenant.id, domain_from(domain))
    return DomainPayload(domain=None if found is None else domain_told(found), problems=problems)


def _claim(info: Info, domain: Name) -> DomainPayload | None:
    def work(on: Operation) -> list[EngineProblem]:
        domain_claimed(on.scope, domain)
        return []

    return _domain_payload(info, domain, work)


def _verify(info: Info, domain: Name) -> DomainPayload | None:
    return _domain_payload(info, domain, lambda on: domain_checked(on.scope, domain))


def _give_up(info: Info, domain: Name) -> DomainPayload | None:
    return _domain_payload(info, domain, lambda on: domain_given_up(on.scope, domain))


def _connections(info: Info) -> list[IdentityProvider] | None:
    return [provider_told(each) for each in connections_in_sight(info.context.scope)]


def _domains(info: Info) -> list[ClaimedDomain] | None:
    found: list[Domain] = domains_in_sight(info.context.scope)
    return [domain_told(each) for each in found]


@strawberry.type(description="Looking at identity providers.")
class ConnectionQuery:
    connections: list[IdentityProvider] | None = strawberry.field(
        resolver=_connections, description="Your company's own identity providers, by name; needs `connection.read`."
    )
    domains: list[ClaimedDomain] | None = strawberry.field(
        resolver=_domains, description="The domains that your company says are its own; needs `connection.read`."
    )


@strawberry.type(description="Administering identity providers; all of it needs `connection.update`.")
class ConnectionMutation:
    connection_create: ConnectionPayload | None = strawberry.mutation(
        resolver=_create, description="Connect an identity provider of your company."
    )
    connection_update: ConnectionPayload | None = strawberry.mutation(
        resolver=_update, description="Change a connection."
    )
    connection_delete: ConnectionPayload | None = strawberry.mutation(
        resolver=_delete, description="Remove a connection; the sessions that came through it end."
    )
    connection_test: ConnectionTestPayload | None = strawberry.mutation(
        resolver=_test, description="Ask the provider whether people could sign in, and tell what is wrong."
    )
    domain_claim: DomainPayload | None = strawberry.mutation(
        resolver=_claim, description="Begin to show that a domain is your own; tells the TXT record to set."
    )
    domain_verify: DomainPayload | None = strawberry.mutation(
        resolver=_verify, description="Look for that record; from then on the domain is yours and nobody else's."
    )
    domain_delete: DomainPayload | None = strawberry.mutation(
        resolver=_give_up, description="Give a domain up; its addresses sign in through your providers no more."
    )
