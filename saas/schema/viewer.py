"""Who is asking: the person, the tenant, and what they may do."""

from datetime import datetime

import strawberry
from strawberry.types import Info

from saas.engine.permissions import operations_by_name
from saas.engine.read.fetch import fetch_by_ids
from saas.engine.read.wanted import Wanted
from saas.engine.registry import object_with_code
from saas.engine.scope import Scope
from saas.kit import ids
from saas.modules.identity.people import sessions
from saas.schema.identity_types import SignInSession, session_told
from saas.schema.scalars import CurrencyCode, ZoneName
from saas.schema.special_types import SpecialTold, specials_told


@strawberry.type(description="The company whose data this is.")
class TenantInfo:
    slug: str = strawberry.field(description="Its short name, used to sign in.")
    name: str = strawberry.field(description="Its name.")
    base_currency: CurrencyCode = strawberry.field(description="The currency in which amounts are kept.")
    time_zone: ZoneName = strawberry.field(description="The zone of its wall clock, an IANA name.")
    language: str = strawberry.field(description="Its default language: en or zh.")


def _sessions(info: Info) -> list[SignInSession] | None:
    scope: Scope = info.context.scope
    return [session_told(one) for one in sessions(scope, scope.actor_id)]


@strawberry.type(description="The person who is asking.")
class Viewer:
    id: strawberry.ID = strawberry.field(description="The employee's id.")
    name: str | None = strawberry.field(description="The employee's name.")
    tenant: TenantInfo = strawberry.field(description="The tenant one is signed in to.")
    permissions: list[str] = strawberry.field(description="Rights held, as `object.operation`, sorted.")
    specials: list[SpecialTold] = strawberry.field(description="What is permitted specially, by the key.")
    stands_in_for: list[strawberry.ID] = strawberry.field(
        description="The people for whom one stands in today: what these own is as good as one's own."
    )
    now: datetime = strawberry.field(description="The server's time.")
    sessions: list[SignInSession] | None = strawberry.field(
        resolver=_sessions,
        description="One's own open sessions and tokens, the latest first; an app needs `identity.read`.",
    )


def viewer_of(scope: Scope) -> Viewer:
    tenant = scope.tenant
    return Viewer(
        id=strawberry.ID(str(scope.actor_id)),
        name=_name(scope),
        tenant=TenantInfo(
            slug=tenant.slug,
            name=tenant.name,
            base_currency=CurrencyCode(tenant.base_currency),
            time_zone=ZoneName(tenant.time_zone),
            language=tenant.language,
        ),
        permissions=sorted(
            f"{name}.{operation}"
            for name, operations in operations_by_name().items()
            for operation in operations
            if scope.profile.may(f"{name}.{operation}")
        ),
        specials=specials_told(scope.profile.specials),
        stands_in_for=[strawberry.ID(str(each)) for each in sorted(scope.profile.stands_in_for)],
        now=scope.now,
    )


def _name(scope: Scope) -> str | None:
    code = ids.code_of(scope.actor_id)
    one = None if code is None else object_with_code(code)
    if one is None:
        return None
    title = one.fields[one.record.facts.title]
    found = fetch_by_ids(scope, Wanted(one, {title.name: title}), [scope.actor_id])
    return found[scope.actor_id][title.name] if found else None


def _viewer(info: Info) -> Viewer | None:
    return viewer_of(info.context.scope)


@strawberry.type(description="Who is asking.")
class ViewerQuery:
    viewer: Viewer | None = strawberry.field(resolver=_viewer, description="The person who is asking.")
