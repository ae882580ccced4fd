"""Role, relation and state decide on a field group: every door agrees with an oracle that adds them up by hand."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from saas.engine.access.profile import ROWS
from saas.engine.access.tables import Access, Relation, RowScope
from saas.engine.registry import object_of
from saas.engine.write.load import Target
from saas.engine.write.update import update
from saas.modules.organisation.employee import Employee
from saas.modules.organisation.rights import Grants, Limit
from saas.modules.sales.opportunity import Opportunity, OpportunityStage
from tests.engine.people import hire
from tests.engine.test_kernel import acting, tried
from tests.world import Person, World, rights

Table = Mapping[tuple[Relation, OpportunityStage | None], Access]
Record = tuple[Relation, OpportunityStage]
ALL_RELATIONS = tuple(Relation)
WON, LOST = OpportunityStage.WON, OpportunityStage.LOST
SEEING = rights(RowScope.ALL, "opportunity", "employee", "department")
OWN = rights(RowScope.OWN, "opportunity")
CASES: dict[str, tuple[tuple[RowScope, Table], ...]] = {
    "nothing is limited": ((RowScope.ALL, {}),),
    "one relation each": (
        (
            RowScope.ALL,
            {
                (Relation.SUPERIOR, None): Access.READ,
                (Relation.PARTICIPANT, None): Access.MASKED,
                (Relation.SAME_DEPARTMENT, None): Access.HIDDEN,
                (Relation.OTHERS, None): Access.HIDDEN,
            },
        ),
    ),
    "hidden in one state": ((RowScope.ALL, {(relation, WON): Access.HIDDEN for relation in Relation}),),
    "closed for some in some states": (
        (
            RowScope.ALL,
            {
                (Relation.OWNER, WON): Access.READ,
                (Relation.PARTICIPANT, LOST): Access.HIDDEN,
                (Relation.OTHERS, None): Access.READ,
                (Relation.OTHERS, LOST): Access.HIDDEN,
            },
        ),
    ),
    "the lower of two limits of one role": (
        (RowScope.ALL, {(Relation.OTHERS, None): Access.HIDDEN, (Relation.OTHERS, WON): Access.READ}),
    ),
    "a second role opens what it reaches": (
        (RowScope.ALL, {(relation, stage): Access.HIDDEN for relation in Relation for stage in (None, WON)}),
        (RowScope.OWN, {(Relation.OWNER, LOST): Access.READ, (Relation.PARTICIPANT, WON): Access.HIDDEN}),
    ),
}


def expected(roles: tuple[tuple[RowScope, Table], ...], record: Record, operation: str) -> Access:
    """The oracle: of the roles that reach the record the highest access, of a role's limits the lowest."""
    relation, stage = record
    found = [Access.HIDDEN]
    for scope, limits in roles:
        takes_part = relation is Relation.PARTICIPANT and operation == "read"
        if scope is RowScope.ALL or relation is Relation.OWNER or takes_part:
            found.append(min(limits.get((relation, at), Access.WRITE) for at in (None, stage)))
    return max(found)


@pytest.fixture(scope="module")
def below(world: World) -> dict[str, Person]:
    """For each case the viewer, who holds its roles."""
    people = {}
    for number, (name, roles) in enumerate(CASES.items()):
        grants = [
            Grants(
                SEEING if scope is RowScope.ALL else OWN,
                frozenset(
                    Limit("opportunity", "amount", relation, access, stage.value if stage else None)
                    for (relation, stage), access in limits.items()
                ),
            )
            for scope, limits in roles
        ]
        people[name] = hire(world.garage, f"viewer{number}", *grants, department="sales")
    return people


def _records(world: World, viewer: Person) -> dict[Record, UUID]:
    """An opportunity for each relation to the viewer and each state."""
    garage = world.garage
    subordinate = garage.make(Employee, superior_id=viewer.id)
    places: dict[Relation, dict[str, Any]] = {
        Relation.OWNER: {"owner_id": viewer.id},
        Relation.SUPERIOR: {"owner_id": subordinate},
        Relation.PARTICIPANT: {"owner_id": garage.vera.id, "department_id": garage.departments["sales"]},
        Relation.SAME_DEPARTMENT: {"owner_id": garage.vera.id, "department_id": garage.departments["sales"]},
        Relation.OTHERS: {"owner_id": garage.vera.id, "department_id": garage.departments["service"]},
    }
    found = {}
    for relation, place in places.items():
        for stage in OpportunityStage:
            id_ = garage.make(Opportunity, amount=Decimal(100), **place)
            world.sql(garage, "UPDATE opportunity SET stage = %s WHERE id = %s", stage.value, id_)
            if relation is Relation.PARTICIPANT:
                world.sql(garage, "INSERT INTO record_participant VALUES (%s, %s, now())", id_, viewer.id)
            found[relation, stage] = id_
    return found


@pytest.mark.parametrize("case", CASES)
def test_every_door_agrees_with_the_oracle(world: World, below: dict[str, Person], case: str) -> None:
    viewer, roles = below[case], CASES[case]
    records = _records(world, viewer)
    by_id = {str(id_): record for record, id_ in records.items()}
    facts = "access { hiddenFields maskedFields writableFields canUpdate }"
    query = f"""
        query($ids: [ID!]!, $id: IdFilter!) {{
          all: opportunities(filter: {{ id: $id }}, first: 100) {{ nodes {{ id amount {{ amount }} {facts} }} }}
          nodes(ids: $ids) {{ id ... on Opportunity {{ amount {{ amount }} }} }}
          rich: opportunities(filter: {{ id: $id, amount: {{ gte: "1" }} }}, first: 100) {{ nodes {{ id }} }}
          none: opportunities(filter: {{ id: $id, amount: {{ isNull: true }} }}, first: 100) {{ nodes {{ id }} }}
          order: opportunities(filter: {{ id: $id }}, orderBy: [{{ amount: ASC }}], first: 100) {{ nodes {{ id }} }}
          sum: opportunities(filter: {{ id: $id }}) {{ aggregate {{ count amount {{ count sum {{ amount }} }} }} }}
        }}"""
    answer = viewer.ask(query, ids=[*by_id], id={"in": [*by_id]})
    seen = {r for r in records if expected(roles, r, "read") >= Access.READ}
    written = {r for r in seen if expected(roles, r, "update") is Access.WRITE}
    shown = {by_id[node["id"]]: node for node in answer["all"]["nodes"]}
    assert shown.keys() == records.keys()
    for record, node in shown.items():
        assert node["amount"] == ({"amount": "100"} if record in seen else None), record
        assert ("amount" in node["access"]["hiddenFields"]) is (record not in seen), record
        assert node["access"]["maskedFields"] == []  # an amount has no mask: masked, it is hidden
        can_write = record in written and node["access"]["canUpdate"]
        assert ("amount" in node["access"]["writableFields"]) is can_write, record
    assert {by_id[node["id"]] for node in answer["nodes"] if node["amount"]} == seen
    assert {by_id[node["id"]] for node in answer["rich"]["nodes"]} == seen
    assert {by_id[node["id"]] for node in answer["none"]["nodes"]} == records.keys() - seen
    ordered = [by_id[node["id"]] in seen for node in answer["order"]["nodes"]]
    assert ordered == sorted(ordered, reverse=True)
    amounts = {"count": len(seen), "sum": {"amount": str(100 * len(seen))} if seen else None}
    assert answer["sum"]["aggregate"] == {"count": len(records), "amount": amounts}
    with acting(world, viewer) as scope:
        for record, id_ in records.items():
            told = tried(scope, update, object_of(Opportunity), [(Target(id_), {"amount": Decimal(7)})])
            assert told == ("done" if record in written else "FORBIDDEN"), record


def test_a_closed_state_hides_the_record_from_who_only_takes_part(world: World) -> None:
    closed = frozenset({Limit("opportunity", ROWS, Relation.PARTICIPANT, Access.HIDDEN, WON.value)})
    own = rights(RowScope.OWN, "opportunity", operations=("read",))
    other = rights(RowScope.OWN, "opportunity", "customer", operations=("read",))
    people = {
        "closed": hire(world.garage, "clio", Grants(own, closed)),
        "opened by another role": hire(world.garage, "omar", Grants(own, closed), Grants(other)),
        "reached otherwise": hire(
            world.garage, "ruth", Grants(rights(RowScope.DEPARTMENT, "opportunity"), closed), department="north"
        ),
    }
    query = "query($ids: [ID!]!) { nodes(ids: $ids) { id } opportunities { nodes { id } } }"
    for name, person in people.items():
        ids = {}
        for stage in OpportunityStage:
            id_ = world.garage.make(Opportunity, department_id=world.garage.departments["north"])
            world.sql(world.garage, "UPDATE opportunity SET stage = %s WHERE id = %s", stage.value, id_)
            world.sql(world.garage, "INSERT INTO record_participant VALUES (%s, %s, now())", id_, person.id)
            ids[stage] = str(id_)
        answer = person.ask(query, ids=[*ids.values()])
        expected_ = {id_ for stage, id_ in ids.items() if stage is not WON or name != "closed"}
        assert {node["id"] for node in answer["nodes"] if node} == expected_, name
        assert {node["id"] for node in answer["opportunities"]["nodes"]} & {*ids.values()} == expected_, name
