"""Several roles give what each of them gives where it reaches: an oracle adds them up, record by record."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from saas.engine.access.tables import Access, Relation, RowScope
from saas.engine.registry import object_of
from saas.engine.write.create import create
from saas.engine.write.load import Target
from saas.engine.write.update import update
from saas.modules.customers.customer import Customer
from saas.modules.organisation.employee import Employee
from saas.modules.organisation.rights import Grants
from tests.engine.people import hire
from tests.engine.test_kernel import acting, tried
from tests.world import Person, World, limits, rights

Place = tuple[str | None, str | None]
OWNERS = ("me", "below", "sam", None)
PLACES: tuple[Place, ...] = tuple((owner, department) for owner in OWNERS for department in ("sales", "north", None))
FIELDS = {"finance": ("creditLimit", "credit_limit", Decimal(7)), "contact": ("phone", "phone", "99999")}
MASTERS = Grants(rights(RowScope.ALL, "employee", "department", operations=("read",)))
VIEWER = rights(RowScope.ALL, "customer", operations=("read",))
SELLER = rights(RowScope.OWN, "customer")
EDITOR = rights(RowScope.ALL, "customer", operations=("create", "update"))
CASES: dict[str, tuple[Grants, ...]] = {
    "seller and viewer without finances": (
        Grants(SELLER),
        Grants(VIEWER, limits("customer", "finance", Access.HIDDEN)),
    ),
    "manager and viewer without anything": (
        Grants(rights(RowScope.DEPARTMENT_TREE, "customer"), limits("customer", "contact", Access.READ)),
        Grants(VIEWER, limits("customer", "finance", Access.HIDDEN) | limits("customer", "contact", Access.HIDDEN)),
    ),
    "reader of all and editor of own": (
        Grants(VIEWER),
        Grants(rights(RowScope.OWN, "customer", operations=("create", "update"))),
    ),
    "editor who sees no finances": (
        Grants(VIEWER, limits("customer", "finance", Access.HIDDEN)),
        Grants(EDITOR),
    ),
    "opposite opinions": (
        Grants(SELLER, limits("customer", "finance", Access.HIDDEN, Relation.OWNER)),
        Grants(VIEWER | EDITOR, limits("customer", "finance", Access.READ, Relation.SUPERIOR, Relation.OTHERS)),
    ),
    "of one opinion": (
        Grants(SELLER, limits("customer", "finance", Access.HIDDEN, Relation.OTHERS)),
        Grants(VIEWER, limits("customer", "finance", Access.HIDDEN, Relation.OTHERS)),
    ),
}


def reaches(role: Grants, operation: str, place: Place) -> bool:
    """The oracle: whether the role alone reaches a record of this owner and department, for one who is in sales."""
    owner, department = place
    inside = {RowScope.OWN: owner == "me", RowScope.ALL: True}
    inside[RowScope.DEPARTMENT_TREE] = owner == "me" or department in ("sales", "north")
    return any(inside[right.scope] for right in role.rights if right.operation == operation)


def gives(role: Grants, group: str, place: Place) -> Access:
    """The oracle: what the role alone lets its holder do with the group."""
    owner, department = place
    relations = {"me": Relation.OWNER, "below": Relation.SUPERIOR}
    relation = relations.get(owner or "", Relation.SAME_DEPARTMENT if department == "sales" else Relation.OTHERS)
    for limit in role.limits:
        if (limit.field_group, limit.relation) == (group, relation):
            return limit.access
    return Access.WRITE


def sees(roles: tuple[Grants, ...], group: str, place: Place) -> bool:
    return any(reaches(role, "read", place) and gives(role, group, place) >= Access.READ for role in roles)


def writes(roles: tuple[Grants, ...], operation: str, group: str, place: Place) -> bool:
    return any(reaches(role, operation, place) and gives(role, group, place) is Access.WRITE for role in roles)


class Known:
    """A person with the roles of a case, and a customer for each place."""

    def __init__(self, world: World, case: str) -> None:
        company, self.roles = world.garage, CASES[case]
        name = f"two{list(CASES).index(case)}"
        self.person: Person = hire(company, name, *self.roles, MASTERS, department="sales")
        below = company.make(Employee, name=f"{name}'s", superior_id=self.person.id)
        owners = {"me": self.person.id, "below": below, "sam": company.sam.id}
        self.places: dict[Place, dict[str, Any]] = {
            (owner, department): {
                "owner_id": owners[owner] if owner else None,
                "department_id": company.departments[department] if department else None,
            }
            for owner, department in PLACES
        }
        self.ids: dict[Place, UUID] = {
            place: company.make(Customer, **values, credit_limit=Decimal(1000), phone="12345")
            for place, values in self.places.items()
        }

    def in_sight(self) -> dict[Place, str]:
        return {
            place: str(id_)
            for place, id_ in self.ids.items()
            if any(reaches(role, "read", place) for role in self.roles)
        }


@pytest.fixture(scope="module", params=CASES)
def known(world: World, request: pytest.FixtureRequest) -> Known:
    return Known(world, request.param)


def test_fields_are_seen_where_a_role_that_reaches_the_record_shows_them(known: Known) -> None:
    query = """
        query($ids: [ID!]) { customers(filter: { id: { in: $ids } }) {
          nodes { id phone creditLimit { amount } access { hiddenFields writableFields } } } }"""
    ids = [str(id_) for id_ in known.ids.values()]
    found = {node["id"]: node for node in known.person.ask(query, ids=ids)["customers"]["nodes"]}
    assert found.keys() == set(known.in_sight().values())
    for place, id_ in known.in_sight().items():
        for group, (api, _, _) in FIELDS.items():
            seen = sees(known.roles, group, place)
            assert (found[id_][api] is not None, api not in found[id_]["access"]["hiddenFields"]) == (seen, seen), place
            written = seen and writes(known.roles, "update", group, place)
            assert (api in found[id_]["access"]["writableFields"]) is written, (place, group)


def test_filters_and_orders_find_no_more_than_is_seen(known: Known) -> None:
    visible = {id_ for place, id_ in known.in_sight().items() if sees(known.roles, "finance", place)}
    query = """
        query($ids: [ID!], $is: CustomerFilter!) {
          is: customers(filter: { and: [{ id: { in: $ids } }, $is] }) { nodes { id } }
          not: customers(filter: { id: { in: $ids }, not: $is }) { nodes { id } }
          first: customers(filter: { id: { in: $ids } }, orderBy: [{ creditLimit: DESC }]) { nodes { id } } }"""
    ids = [str(id_) for id_ in known.ids.values()]
    variables = {"ids": ids, "is": {"creditLimit": {"gte": 1000}}}
    if not visible:
        assert {e["extensions"]["code"] for e in known.person.errors(query, **variables)} == {"FORBIDDEN"}
        return
    answer = {key: [node["id"] for node in page["nodes"]] for key, page in known.person.ask(query, **variables).items()}
    assert (set(answer["is"]), answer["not"]) == (visible, [])
    assert set(answer["first"][: len(visible)]) == visible


def test_fields_are_written_where_a_role_that_reaches_the_record_lets_one(world: World, known: Known) -> None:
    """Each role counts only as far as its own right to update or create reaches, and nobody changes what is hidden."""
    one = object_of(Customer)
    with acting(world, known.person) as scope:
        for place, id_ in known.ids.items():
            for group, (_, name, value) in FIELDS.items():
                changed = tried(scope, update, one, [(Target(id_), {name: value})])
                may = sees(known.roles, group, place) and writes(known.roles, "update", group, place)
                assert (changed == "done") is may, (place, group, changed)
                made = tried(scope, create, one, [{"name": "n", name: value} | known.places[place]])
                assert (made == "done") is writes(known.roles, "create", group, place), (place, group, made)
