"""Making, changing and deleting endpoints: with the right, checked, and written down as acts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from urllib.parse import urlsplit
from uuid import UUID

import sqlalchemy as sa

from saas.engine.feed import EPOCH, Position
from saas.engine.problem import Problem, ProblemCode, not_found
from saas.engine.scope import Scope
from saas.engine.write.outcome import Outcome
from saas.kit import ids
from saas.kit.errors import BadInput
from saas.kit.vault import sealed
from saas.kit.wire import as_json
from saas.modules.webhooks.addresses import header_problems, url_problems
from saas.modules.webhooks.endpoints import MANAGE, Endpoint, endpoint_locked, endpoint_set
from saas.modules.webhooks.identities import as_actor, need_name, running_as_problems
from saas.modules.webhooks.pump import webhooks_begin
from saas.modules.webhooks.signing import new_secret
from saas.modules.webhooks.tables import HEADERS, SECRETS, EndpointState, endpoint
from saas.modules.webhooks.telling import teller
from saas.modules.webhooks.topics import unknown_patterns

MOST, MOST_EVENTS, MOST_IN_A_BATCH = 50, 100, 100
LONGEST_NAME, LONGEST_DOCUMENT, LONGEST_OVERLAP = 100, 20_000, 24 * 30
_columns = endpoint.c


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an administrator says of an endpoint; `runs_as` None: in their own name."""

    name: str
    url: str
    events: tuple[str, ...]
    document: str | None = None
    batch_size: int = 1
    skip_own: bool = False
    headers: Mapping[str, str] | None = None
    runs_as: UUID | None = None


def webhook_create(scope: Scope, wanted: Wanted) -> tuple[list[Outcome], str]:
    """Send to one more place, from this moment on; and its secret. Forbidden without webhook.manage."""
    scope.need(MANAGE)
    actor = wanted.runs_as or scope.actor_id
    scopes = scope.via.scopes if actor == scope.actor_id else None
    problems = running_as_problems(scope, actor)
    if not problems:
        problems = _problems(wanted) + _document_problems(scope, wanted.document, actor, scopes)
    if scope.session.execute(sa.select(sa.func.count()).select_from(endpoint)).scalar_one() >= MOST:
        problems.append(Problem(ProblemCode.RULE_BROKEN, f"{MOST} webhooks are enough.", (), rule="too_many_webhooks"))
    if problems:
        return [Outcome(problems=problems)], ""
    webhooks_begin(scope)
    secret, id_ = new_secret(), ids.new_id(ids.WEBHOOK)
    row = _values(wanted) | {"id": id_, "actor_id": actor, "scopes": None if scopes is None else sorted(scopes)}
    row |= {"secret": sealed(secret.encode(), SECRETS), "created_by": scope.actor_id, "created_at": scope.now}
    row |= {"state": EndpointState.ACTIVE.value, "state_since": scope.now, "updated_at": scope.now}
    row |= {"position": str(_now(scope)), "read_at": scope.now, "last_number": 0, "failures": 0}
    scope.session.execute(sa.insert(endpoint).values(row))
    scope.act("webhook.create", str(id_), **_of_act(wanted), runs_as=str(actor))
    return [Outcome(id=id_, changed=True)], secret


def webhook_update(scope: Scope, id_: UUID, changes: Mapping[str, object]) -> list[Outcome]:
    """Change what is named, by the names of `Wanted`. Also needs the right to have things sent in its name."""
    scope.need(MANAGE)
    row = endpoint_locked(scope, id_)
    if row is None:
        return [_unknown()]
    need_name(scope, row.actor_id, row.scopes)
    wanted = replace(_wanted(row), **changes)  # type: ignore[arg-type]  # the door names its fields and gives their types
    if "headers" not in changes and _origin(wanted.url) != _origin(row.url):
        wanted = replace(wanted, headers=None)  # what was told in confidence to one server is not told to another
    actor, scopes = row.actor_id, row.scopes
    problems = []
    if wanted.runs_as is not None and wanted.runs_as != row.actor_id:
        actor, problems = wanted.runs_as, running_as_problems(scope, wanted.runs_as)
        scopes = sorted(scope.via.scopes) if actor == scope.actor_id and scope.via.scopes is not None else None
    if not problems:
        problems = _problems(wanted) + _document_problems(scope, wanted.document, actor, scopes)
    if problems:
        return [Outcome(problems=problems)]
    values = _values(wanted) | {"actor_id": actor, "scopes": scopes, "updated_at": scope.now}
    endpoint_set(scope, id_, **values)
    scope.act("webhook.update", str(id_), **_of_act(wanted), runs_as=str(actor), changed=sorted(changes))
    return [Outcome(id=id_, changed=True)]


def webhook_delete(scope: Scope, id_: UUID) -> list[Outcome]:
    """Send there no more, and forget what was sent. Forbidden without webhook.manage."""
    scope.need(MANAGE)
    row = endpoint_locked(scope, id_)
    if row is None:
        return [_unknown()]
    scope.session.execute(sa.delete(endpoint).where(_columns.id == id_))
    scope.act("webhook.delete", str(id_), name=row.name, host=_host(row.url))
    return [Outcome(id=id_, changed=True)]


def webhook_rotate_secret(scope: Scope, id_: UUID, keep_hours: int) -> tuple[list[Outcome], str]:
    """A new secret, told this once; the former one signs beside it for so many hours. Rights as for changing it."""
    scope.need(MANAGE)
    if not 0 <= keep_hours <= LONGEST_OVERLAP:
        raise BadInput(f"The former secret may sign for 0 to {LONGEST_OVERLAP} hours.", path=("keepFormerHours",))
    row = endpoint_locked(scope, id_)
    if row is None:
        return [_unknown()], ""
    need_name(scope, row.actor_id, row.scopes)
    secret = new_secret()
    until = scope.now + timedelta(hours=keep_hours)
    former = (row.secret, until) if keep_hours else (None, None)
    made = sealed(secret.encode(), SECRETS)
    endpoint_set(scope, id_, secret=made, former_secret=former[0], former_secret_until=former[1])
    scope.act("webhook.secret_rotate", str(id_), keep_former_hours=keep_hours)
    return [Outcome(id=id_, changed=True)], secret


def _wanted(row: Endpoint) -> Wanted:
    return Wanted(
        name=row.name,
        url=row.url,
        events=tuple(row.events),
        document=row.document,
        batch_size=row.batch_size,
        skip_own=row.skip_own,
        headers=row.own_headers,
        runs_as=row.actor_id,
    )


def _values(wanted: Wanted) -> dict[str, object]:
    headers = wanted.headers or {}
    return {
        "name": wanted.name.strip(),
        "url": wanted.url,
        "events": list(dict.fromkeys(wanted.events)),
        "document": wanted.document,
        "batch_size": wanted.batch_size,
        "skip_own": wanted.skip_own,
        "headers": sealed(as_json(dict(headers)), HEADERS) if headers else None,
    }


def _of_act(wanted: Wanted) -> dict[str, object]:
    """As the act tells it: of the address the host, for the rest of it is often a secret; of headers the names."""
    return {
        "name": wanted.name,
        "host": _host(wanted.url),
        "events": list(wanted.events),
        "batch_size": wanted.batch_size,
        "headers": sorted(wanted.headers or {}),
    }


def _problems(wanted: Wanted) -> list[Problem]:
    found = url_problems(wanted.url) + header_problems(wanted.headers or {})
    if not wanted.name.strip() or len(wanted.name) > LONGEST_NAME or not wanted.name.isprintable():
        found.append(_wrong(f"A name has 1 to {LONGEST_NAME} characters in one line.", "name"))
    if not 1 <= len(wanted.events) <= MOST_EVENTS:
        found.append(_wrong(f"A webhook is sent 1 to {MOST_EVENTS} events or patterns of events.", "events"))
    for unknown in unknown_patterns(wanted.events[:MOST_EVENTS]):
        message = f"{unknown[:100]!r} is no event, and no pattern such as customer.*, *.deleted or *."
        found.append(_wrong(message, "events"))
    if not 1 <= wanted.batch_size <= MOST_IN_A_BATCH:
        found.append(_wrong(f"A message holds 1 to {MOST_IN_A_BATCH} events.", "batchSize"))
    return found


def _document_problems(
    scope: Scope, document: str | None, actor_id: UUID, scopes: Sequence[str] | frozenset[str] | None
) -> list[Problem]:
    if document is None:
        return []
    if len(document) > LONGEST_DOCUMENT:
        return [_wrong(f"A document has up to {LONGEST_DOCUMENT} characters.", "document")]
    wanted = None if scopes is None else [*scopes]
    return [_wrong(each, "document") for each in teller().problems(as_actor(scope, actor_id, wanted), document)]


def _now(scope: Scope) -> Position:
    """Before whatever is not complete yet: what is committed from now on is told."""
    horizon = sa.text("SELECT pg_snapshot_xmin(pg_current_snapshot())::text")
    epoch, xid = (str(scope.session.execute(each).scalar_one()) for each in (EPOCH, horizon))
    return Position(epoch, xid)


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc


def _host(url: str) -> str:
    return urlsplit(url).netloc


def _wrong(message: str, *path: str) -> Problem:
    return Problem(ProblemCode.BAD_INPUT, message, path)


def _unknown() -> Outcome:
    return Outcome(problems=[not_found("There is no such webhook.", "id")])
