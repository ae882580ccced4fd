"""Groups by a record stand in the order of what one sees of it."""

from typing import Any

from saas.engine.access.tables import Access, Relation, RowScope
from saas.modules.customers.customer import Customer
from saas.modules.masters.industry import Industry
from saas.modules.organisation.employee import Employee
from saas.modules.organisation.rights import Grants
from tests.engine.people import hire
from tests.world import Person, World, limits, rights

NAMES = ("张三", "李四", "Adam", "王五")  # Zhang, Li, Adam, Wang


def _groups(person: Person, marker: str, by: str, order: str, keys: str, **page: Any) -> dict[str, Any]:
    query = f"""query($marker: String!, $first: Int, $after: String) {{
      x: customerGroups(by: [{by}], orderBy: [{order}], filter: {{ fullName: {{ eq: $marker }} }}
                        first: $first, after: $after) {{
        nodes {{ count keys {{ {keys} }} }} pageInfo {{ hasNextPage endCursor }}
      }} }}"""
    found: dict[str, Any] = person.ask(query, marker=marker, **page)["x"]
    return found


def test_owners_stand_in_the_order_of_the_sound_of_their_names(world: World) -> None:
    for name in NAMES:
        owner = world.garage.make(Employee, name=name)
        world.garage.make(Customer, full_name="by sound", owner_id=owner)
    world.garage.make(Customer, full_name="by sound", owner_id=None)
    expected: list[str | None] = ["Adam", "李四", "王五", "张三"]
    by, keys = "{ owner: { id: VALUE } }", "owner { record { name } }"
    for way, wanted in (("ASC", [*expected, None]), ("DESC_NULLS_FIRST", [None, *reversed(expected)])):
        found: list[str | None] = []
        page: dict[str, Any] = {"pageInfo": {"hasNextPage": True, "endCursor": None}}
        while page["pageInfo"]["hasNextPage"]:
            after, order = page["pageInfo"]["endCursor"], f"{{ keys: {{ owner: {{ name: {way} }} }} }}"
            page = _groups(world.garage.ada, "by sound", by, order, keys, first=2, after=after)
            records = [node["keys"]["owner"]["record"] for node in page["nodes"]]
            found += [record and record["name"] for record in records]
        assert found == wanted


def test_groups_by_the_record_itself_follow_its_choices_and_what_it_refers_to(world: World) -> None:
    metal, wood = (world.garage.make(Industry, name=name) for name in ("Metal", "Wood"))
    for name, source, industry in (("A", "fair", wood), ("B", "web", metal), ("C", "phone", wood)):
        world.garage.make(Customer, name=name, full_name="by itself", source=source, industry_id=industry)

    def names(*order: str) -> str:
        terms = ", ".join(f"{{ keys: {{ {each} }} }}" for each in order)
        found = _groups(world.garage.ada, "by itself", "{ id: VALUE }", terms, "record { name }")
        return "".join(node["keys"]["record"]["name"] for node in found["nodes"])

    assert names("source: ASC") == "BCA"
    assert names("source: DESC") == "ACB"
    assert names("industry: { name: DESC }", "source: ASC") == "CAB"
    assert names("industry: { id: ASC }", "name: DESC") == "BCA"


def test_what_one_does_not_see_of_a_record_does_not_place_its_group(world: World) -> None:
    """Otto sees the limits of his own customers; those of others are as good as none."""
    others = (Relation.SUPERIOR, Relation.PARTICIPANT, Relation.SAME_DEPARTMENT, Relation.OTHERS)
    hidden = limits("customer", "finance", Access.HIDDEN, *others)
    otto = hire(world.garage, "otto-of-groups", Grants(rights(RowScope.ALL, "customer"), hidden))
    for name, bank, owner in (("A", "1", world.garage.sue), ("B", "3", otto), ("C", "2", otto)):
        world.garage.make(Customer, name=name, full_name="unseen", bank=bank, owner_id=owner.id)

    def names(person: Person) -> str:
        found = _groups(person, "unseen", "{ id: VALUE }", "{ keys: { bank: ASC } }", "record { name }")
        return "".join(node["keys"]["record"]["name"] for node in found["nodes"])

    assert (names(world.garage.ada), names(otto)) == ("ACB", "CBA")
    query = "{ customerGroups(by: [{ id: VALUE }], orderBy: [{ keys: { bank: ASC } }]) { nodes { count } } }"
    (error,) = world.garage.vera.errors(query)
    assert error["extensions"]["code"] == "FORBIDDEN"


def test_what_the_keys_do_not_determine_cannot_order(world: World) -> None:
    for by in ("{ owner: { name: VALUE } }", "{ industry: { id: VALUE } }"):
        order = "{ keys: { owner: { email: ASC } } }"
        query = f"{{ customerGroups(by: [{by}], orderBy: [{order}]) {{ nodes {{ count }} }} }}"
        (error,) = world.garage.ada.errors(query)
        assert error["extensions"]["code"] == "BAD_INPUT"
        assert error["message"].startswith("The groups are not by owner.email, so it cannot order them.")
