"""Copies that follow the feed are in the end what their owners see, whatever happens meanwhile."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from saas.modules.customers.contact import Contact
from saas.modules.customers.customer import Customer
from tests.engine.horizon import settled
from tests.world import Person, World

NOW = '{ changes(from: NOW, objects: ["customer", "contact"]) { cursor } }'
NEXT = """
    query($after: String, $first: Int!) {
      changes(after: $after, first: $first, objects: ["customer", "contact"]) {
        nodes { id kind record { ... on Customer { name } ... on Contact { name } } } cursor hasMore
      }
    }"""
ALL = "{ customers(first: 500) { nodes { id name } } contacts(first: 500) { nodes { id name } } }"
STEPS = 40
Names = dict[str, str]


@dataclass
class Copy:
    """What somebody has: lists read once after the first cursor, or nothing and all changes from the start."""

    person: Person
    cursor: str | None = None
    records: Names = field(default_factory=dict)
    ever: set[str] = field(default_factory=set)
    told: set[str] = field(default_factory=set)

    def begin(self) -> None:
        self.cursor = self.person.ask(NOW)["changes"]["cursor"]
        self.records = self.seen()
        self.ever |= self.records.keys()

    def seen(self) -> Names:
        """What its owner sees now."""
        return {node["id"]: node["name"] for page in self.person.ask(ALL).values() for node in page["nodes"]}

    def read(self, first: int) -> bool:
        """Follow for one page; whether there is more."""
        page = self.person.ask(NEXT, after=self.cursor, first=first)["changes"]
        assert len({node["id"] for node in page["nodes"]}) == len(page["nodes"]) <= first
        for node in page["nodes"]:
            self.told.add(node["id"])
            if node["kind"] in ("CREATED", "UPDATED"):
                self.records[node["id"]] = node["record"]["name"]
            else:
                assert node["record"] is None
                self.records.pop(node["id"], None)
        self.cursor = page["cursor"]
        more: bool = page["hasMore"]
        return more


class Happenings:
    """Things that an administrator does to customers and their contacts."""

    def __init__(self, world: World, chance: random.Random) -> None:
        self.world, self.chance, self.ada = world, chance, world.garage.ada
        garage = world.garage
        self.people = [str(garage.people[name].id) for name in ("sam", "sue", "mona", "vera")]
        self.places = [str(garage.departments[name]) for name in ("north", "sales", "service")]
        self.customers = [str(garage.make(Customer, **self.scope())) for _ in range(2)]
        self.contacts = [str(garage.make(Contact, customer_id=each)) for each in self.customers for _ in range(2)]

    def scope(self) -> dict[str, str | None]:
        choose = self.chance.choice
        return {"owner_id": choose([None, *self.people]), "department_id": choose([None, *self.places])}

    def one(self) -> None:
        customer, contact = self.chance.choice(self.customers), self.chance.choice(self.contacts)
        who, what = self.chance.choice(self.people), self.chance.choice(["customer", "contact"])
        id_ = customer if what == "customer" else contact
        share = f'id: "{customer}", withId: "{who}"'
        moved = {name.replace("_id", "Id"): value for name, value in self.scope().items()}
        to = ", ".join(
            f"{name}: {'null' if value is None else chr(34) + value + chr(34)}" for name, value in moved.items()
        )
        doings: list[Callable[[], object]] = [
            lambda: self.customers.append(str(self.world.garage.make(Customer, **self.scope()))),
            lambda: self.join(customer),
            lambda: self.do(f'customerUpdate(id: "{customer}", input: {{ {to} }})'),
            lambda: self.do(f'customerUpdate(id: "{customer}", input: {{ {to} }})'),
            lambda: self.do(f'{what}Update(id: "{id_}", input: {{ name: "{self.chance.random()}" }})'),
            lambda: self.do(f'contactUpdate(id: "{contact}", input: {{ customerId: "{customer}" }})'),
            lambda: self.do(f'{what}Delete(id: "{id_}")'),
            lambda: self.do(f'{what}Restore(id: "{id_}")'),
            lambda: self.do(f"recordShare({share})"),
            lambda: self.do(f"recordUnshare({share})"),
            lambda: self.do(f'recordAddParticipant(id: "{customer}", personId: "{who}")'),
            lambda: self.do(f'recordRemoveParticipant(id: "{customer}", personId: "{who}")'),
            lambda: self.do(f'customerMerge(into: "{customer}", from: ["{self.chance.choice(self.customers)}"])'),
            lambda: self.do(f'customerUnmerge(id: "{customer}")'),
        ]
        self.chance.choice(doings)()

    def join(self, customer: str) -> None:
        """One more contact, unless the customer is deleted."""
        make = 'mutation($of: ID!) { x: contactCreate(input: { name: "New", customerId: $of }) { id } }'
        made = self.ada.ask(make, of=customer)["x"]["id"]
        self.contacts += [made] if made else []

    def do(self, mutation: str) -> None:
        """Done, or refused as what cannot be done."""
        self.ada.ask(f"mutation {{ x: {mutation} {{ problems {{ code }} }} }}")


@pytest.mark.parametrize("seed", range(2))
def test_a_copy_is_what_its_owner_sees(world: World, seed: int) -> None:
    chance, garage = random.Random(seed), world.garage
    happenings = Happenings(world, chance)
    settled(world)
    people = [garage.sam, garage.sue, garage.mona, garage.ada]
    begun = [Copy(person) for person in people]
    from_start = [Copy(person) for person in (garage.sam, garage.mona)]
    for copy in begun:
        copy.begin()
    for copy in from_start:
        copy.ever |= copy.seen().keys()
    for _ in range(STEPS):
        happenings.one()
        for copy in (*begun, *from_start):
            copy.ever |= copy.seen().keys()
            if chance.random() < 0.1:
                copy.read(chance.choice([1, 2, 3, 50]))
    settled(world)
    for copy in (*begun, *from_start):
        while copy.read(chance.choice([1, 2, 7])):
            pass
        assert copy.records == copy.seen(), copy.person.name
        assert copy.told <= copy.ever, copy.person.name
