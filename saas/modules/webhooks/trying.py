"""Trying a webhook: what would be sent of a record, and sending one message now to see what comes back."""

import secrets
from dataclasses import dataclass
from threading import BoundedSemaphore
from uuid import UUID

import sqlalchemy as sa

from saas.engine.access.rows import Shape, reached
from saas.engine.changes.told import Told
from saas.engine.live.changes import Happened
from saas.engine.problem import Problem, ProblemCode, not_found
from saas.engine.registry import ObjectType, object_named
from saas.engine.scope import Scope
from saas.engine.write.outcome import Outcome
from saas.kit import ids
from saas.kit.errors import BadInput, RateLimited
from saas.kit.wire import as_json
from saas.modules.webhooks.endpoints import MANAGE, Endpoint, endpoint_known
from saas.modules.webhooks.identities import as_actor, is_here, need_name
from saas.modules.webhooks.outcomes import Tried
from saas.modules.webhooks.payloads import Content, batch_envelope, content, envelope
from saas.modules.webhooks.sending import Message, Round, send_round
from saas.modules.webhooks.tables import attempt
from saas.modules.webhooks.telling import teller
from saas.modules.webhooks.topics import matches, topics

TEST = "msg_test_"  # how the ids of messages begin that tell of nothing that happened
MOST_TESTS = 2  # under way in one process: each holds a thread of the API
SECONDS = 5.0  # for the answer
_under_way = BoundedSemaphore(MOST_TESTS)
_KINDS = {"created": Told.CREATED, "restored": Told.CREATED, "unmerged": Told.CREATED}
_KINDS |= {"deleted": Told.DELETED, "merged": Told.DELETED}


@dataclass(frozen=True, slots=True)
class Trial:
    """What would be sent; `body` None: nothing, as the document's filter leaves the record out."""

    body: bytes | None


def webhook_dry_run(scope: Scope, document: str | None, event: str, record_id: UUID) -> Trial:
    """What a webhook with this document would send of the record, with the actor's own rights; nothing is sent.

    Forbidden without webhook.manage. BadInput for a document or event that is none, or a record out of sight.
    """
    scope.need(MANAGE)
    if document is not None and (wrong := teller().problems(scope, document)):
        raise BadInput(wrong[0], path=("document",))
    said = _sample(scope, document, event, record_id)
    if said is None:
        raise BadInput("There is no such record in your sight.", path=("recordId",))
    return Trial(None if said == {} else as_json(envelope(event, scope.now, said)))


def webhook_test(
    scope: Scope, id_: UUID, event: str | None, record_id: UUID | None
) -> tuple[list[Outcome], Tried | None]:
    """Send a sample now, and tell what came back; it is no delivery, and changes nothing but the log.

    The event is one that the endpoint asks for, the record the newest in sight of the one in whose name it is sent,
    unless they are named. Needs the right to have things sent in its name too. RateLimited while others are tested.
    Nothing may have been written in this transaction: it lasts until the server there has answered.
    """
    scope.need(MANAGE)
    row = endpoint_known(scope, id_)
    if row is None:
        return [Outcome(problems=[not_found("There is no such webhook.", "id")])], None
    need_name(scope, row.actor_id, row.scopes)
    if not is_here(scope, row.actor_id):
        message = "The one in whose name it is sent works here no longer."
        return [Outcome(problems=[Problem(ProblemCode.RULE_BROKEN, message, ("id",), rule="identity_left")])], None
    own = as_actor(scope, row.actor_id, row.scopes)
    topic = event or min(each for each in topics() if any(matches(pattern, each) for pattern in row.events))
    said = _sample(own, row.document, topic, record_id)
    if not said:
        return [Outcome(problems=[not_found("There is no record in its sight to tell of.", "recordId")])], None
    keys, headers = row.keys(scope.now), row.own_headers
    messages = (_test_message(scope, row, topic, said),)
    tried = _sent(Round(row.url, messages, tuple(keys), tuple(headers.items()), SECONDS))
    told: dict[str, object] = {
        "status": tried.status,
        "ms": tried.ms,
        "answer": tried.answer or None,
        "error": tried.error or None,
    }
    told |= {"id": ids.new_id(ids.WEBHOOK_ATTEMPT), "endpoint_id": id_, "delivery_ids": [], "at": tried.at}
    scope.session.execute(sa.insert(attempt).values(told))
    scope.act("webhook.test", str(id_), name=row.name, event=topic, status=tried.status)
    return [Outcome(id=id_, changed=True)], tried


def _sent(work: Round) -> Tried:
    if not _under_way.acquire(blocking=False):
        raise RateLimited("Another test is under way.", remedy="Wait some seconds, and test again.")
    try:
        (tried,) = send_round(work)
    finally:
        _under_way.release()
    return tried


def _test_message(scope: Scope, row: Endpoint, topic: str, said: Content) -> Message:
    id_ = TEST + secrets.token_hex(16)
    body = envelope(topic, scope.now, said)
    if row.batch_size > 1:
        body = batch_envelope([{"id": id_, **body}])
    return Message(id_, as_json(body), ())


def _sample(scope: Scope, document: str | None, event: str, record_id: UUID | None) -> Content | None:
    """What would be told of the record; empty where the filter leaves it out, None where there is no such in sight."""
    if event not in topics():
        raise BadInput(f"{event[:100]!r} is no event.", remedy="For example customer.created.", path=("event",))
    name, _, verb = event.partition(".")
    one = object_named(name)
    found = _record(scope, one, record_id)
    if found is None:
        return None
    kind = _KINDS.get(verb, Told.UPDATED)
    (said,) = content(scope, document, name, [Happened(found[0], kind, found[1])])
    return said or {}


def _record(scope: Scope, one: ObjectType, record_id: UUID | None) -> tuple[UUID, int] | None:
    table = one.table
    if not scope.profile.may(f"{one.rights}.read"):
        return None
    reach = reached(scope.profile, one, "read", table, Shape.WIDE)
    seen = sa.select(table.c.id, table.c.version).where(table.c.deleted_at.is_(None), reach)
    seen = seen.order_by(table.c.id.desc()).limit(1)
    row = scope.session.execute(seen if record_id is None else seen.where(table.c.id == record_id)).one_or_none()
    return None if row is None else (row[0], row[1])
