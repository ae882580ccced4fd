"""How documents of webhooks are understood: as the subscriptions that they are. Loading this puts it in use."""

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from graphql import OperationDefinitionNode, OperationType

from saas.engine.live.changes import Changes, Happened
from saas.engine.scope import Scope
from saas.kit.errors import AtriumError
from saas.modules.webhooks import telling
from saas.schema.live.answer import answers
from saas.schema.live.asked import Asked, asked
from saas.schema.prepare import Prepared, prepare
from saas.tenants.sign_in import Caller

_NOBODYS = UUID(int=0)  # no sign-in stands behind it


class SubscriptionTeller:
    """Reads documents with one or several subscriptions of changes, each of another object, without variables."""

    def problems(self, scope: Scope, document: str) -> list[str]:
        prepared = prepare(document)
        if prepared.errors:
            return [each.message for each in prepared.errors]
        operations = [*_operations(prepared)]
        if any(each.operation is not OperationType.SUBSCRIPTION for each in operations):
            return ["A webhook is chosen by subscriptions: the document has another operation."]
        wrong: list[str] = []
        known: set[str] = set()
        for each in operations:
            try:
                source = _asked(scope, prepared, each).source
                if not isinstance(source, Changes):
                    wrong.append("A webhook tells of changes of records: `customerChanged` and the like.")
                    continue
                source.begin(scope, "now")  # says what is wrong with its filter, and which right is missing
            except AtriumError as error:
                wrong.append(str(error))
                continue
            if source.one.name in known:
                wrong.append(f"There are two subscriptions of {source.one.plural}.")
            known.add(source.one.name)
        return wrong

    def tell(
        self, scope: Scope, document: str, object_name: str, happened: Sequence[Happened]
    ) -> list[dict[str, Any] | None] | None:
        prepared = prepare(document)
        found = (_asked(scope, prepared, each) for each in _operations(prepared))
        subscription = next((each for each in found if _follows(each, object_name)), None)
        return None if subscription is None else answers(scope, subscription, happened)


def _operations(prepared: Prepared) -> Iterator[OperationDefinitionNode]:
    yield from (each for each in prepared.valid().definitions if isinstance(each, OperationDefinitionNode))


def _follows(subscription: Asked, object_name: str) -> bool:
    source = subscription.source
    return isinstance(source, Changes) and source.one.name == object_name


def _asked(scope: Scope, prepared: Prepared, operation: OperationDefinitionNode) -> Asked:
    """As if the one in whose name the scope is had asked it."""
    via = scope.via
    caller = Caller(scope.tenant, scope.actor_id, _NOBODYS, scope.now, scopes=via.scopes, app_id=via.app_id)
    return asked(caller, prepared, operation, {}, scope.request_id)


telling.use(SubscriptionTeller())
