"""The few words in which tests of webhooks speak: make one, let things happen, pump, deliver, look at the log."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from saas.engine.job_registry import Again
from saas.modules.customers.customer import Customer
from saas.modules.webhooks.deliver import webhook_deliver
from saas.modules.webhooks.pump import webhook_pump
from saas.modules.webhooks.sending import Round
from tests.engine.horizon import settled
from tests.webhooks.receiver import Receiver
from tests.world import Company, Person, World

WEBHOOK = """
    id name url events document batchSize skipOwn headerNames runsAsId createdById state reason reasonDetail
    failures failingSince nextTryAt formerSecretUntil deliveredAt scopes"""
CREATE = f"""
    mutation($input: WebhookCreateInput!) {{
      x: webhookCreate(input: $input) {{ id secret webhook {{ {WEBHOOK} }} problems {{ code message path }} }}
    }}"""
READ = f"query($id: ID!) {{ x: webhook(id: $id) {{ {WEBHOOK} }} }}"
LOG = """
    query($id: ID!, $filter: WebhookDeliveryFilter, $first: Int! = 100, $after: Int) {
      x: webhookDeliveries(id: $id, filter: $filter, first: $first, after: $after) {
        nodes {
          id number messageId event object recordId state reason attempts lastError requestId
          tries { status ms answer error }
        }
        hasNextPage
      }
    }"""
UPDATE = "mutation($id: ID!, $input: CustomerUpdateInput!) { x: customerUpdate(id: $id, input: $input) { id } }"
DELETE = "mutation($id: ID!) { x: customerDelete(id: $id) { id } }"


@dataclass
class Hook:
    """A webhook that somebody made, and what they can do with it."""

    world: World
    person: Person
    id: str
    secret: str
    company: Company

    def now(self) -> dict[str, Any]:
        found: dict[str, Any] = self.person.ask(READ, id=self.id)["x"]
        return found

    def acted(self, field: str, arguments: str = "", selection: str = "") -> dict[str, Any]:
        """What the mutation `webhook<field>` answers."""
        told = f"id {selection} problems {{ code message path }}"
        found: dict[str, Any] = self.person.ask(
            f'mutation {{ x: webhook{field}(id: "{self.id}"{arguments}) {{ {told} }} }}'
        )["x"]
        return found

    def log(self, **sought: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.person.ask(LOG, id=self.id, filter=sought)["x"]["nodes"]
        return found

    def states(self) -> list[str]:
        """Of what was to be told, the first of it first."""
        return [each["state"] for each in reversed(self.log())]

    def sql(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        return self.world.sql(self.company, statement, *values)

    def pump(self) -> None:
        pump(self.world, self.company)

    def round(self) -> Again | None:
        """What a worker does at one turn of the job."""
        work = self.begun()
        return None if work is None else self.ended(work)

    def begun(self) -> Round | None:
        with self.company.scope() as scope:
            found: Round | None = webhook_deliver(scope, endpoint_id=UUID(self.id))
            return found

    def ended(self, work: Round) -> Again | None:
        outside = webhook_deliver.outside
        assert outside is not None
        result = outside.call(work, "key")
        with self.company.scope() as scope:
            return outside.done(scope, result, endpoint_id=UUID(self.id))

    def deliver(self) -> None:
        """As long as there is something to send now."""
        self.pump()
        while (again := self.round()) is not None and again.after == 0:
            pass

    def hasten(self) -> None:
        """As if the pause after a failure were over."""
        self.sql("UPDATE webhook_endpoint SET next_at = now() WHERE id = %s", self.id)


def pump(world: World, company: Company) -> None:
    """Read the feed to its end."""
    settled(world)
    for _ in range(3):  # each reads five hundred changes
        with company.scope() as scope:
            webhook_pump(scope)


def made(world: World, person: Person, receiver: Receiver | str, *events: str, **more: Any) -> Hook:
    """A webhook of this person."""
    url = receiver if isinstance(receiver, str) else receiver.url
    wanted = {"name": "Shop", "url": url, "events": list(events or ("customer.*",)), **more}
    settled(world)
    answer = person.ask(CREATE, input=wanted)["x"]
    assert answer["problems"] == []
    company = world.garage if person.tenant == world.garage.tenant else world.rival
    return Hook(world, person, answer["id"], answer["secret"], company)


def refused(person: Person, **wanted: Any) -> list[tuple[str, list[str]]]:
    """Codes and paths of what is wrong with a webhook that is not made."""
    answer = person.ask(CREATE, input={"name": "Shop", "url": "https://x.test", "events": ["*"], **wanted})["x"]
    assert (answer["id"], answer["secret"], answer["webhook"]) == (None, None, None)
    return [(each["code"], each["path"]) for each in answer["problems"]]


def customer(world: World, owner: Person | None = None, **values: Any) -> str:
    """One more, of this person."""
    return str(world.garage.make(Customer, owner_id=owner.id if owner else None, **values))


def change(person: Person, id_: str, **values: Any) -> None:
    """Change a customer."""
    assert person.ask(UPDATE, id=id_, input=values)["x"]["id"] == id_
