"""A masked value shows its mask in the answer and behaves as hidden everywhere else."""

import pytest
import sqlalchemy as sa

from saas.engine.access.fields import is_masked, shown
from saas.engine.access.tables import Access, Relation, RowScope
from saas.engine.masks import MASKS
from saas.engine.registry import object_of
from saas.engine.scope import open_scope
from saas.modules.customers.customer import Customer
from saas.modules.organisation.rights import Grants
from tests.engine.people import hire
from tests.world import Person, World, limits, rights

OTHERS = tuple(relation for relation in Relation if relation is not Relation.OWNER)


@pytest.mark.parametrize(
    ("mask", "value", "shown"),
    [
        ("phone", "13812345678", "138****5678"),
        ("phone", "+86 138 1234 5678", "+86****5678"),
        ("phone", "110120", "****20"),
        ("phone", "12345", "****"),
        ("phone", None, None),
        ("email", "sam@garage.test", "s****@garage.test"),
        ("email", None, None),
        ("name", "王小明", "王****"),
        ("name", None, None),
        ("tail", "6222021234567890", "****7890"),
        ("tail", "1234567", "****"),
        ("tail", None, None),
    ],
)
def test_a_mask_shows_no_more_than_it_says(world: World, mask: str, value: str | None, shown: str | None) -> None:
    with world.garage.scope(write=False) as scope:
        assert scope.session.execute(sa.select(MASKS[mask](sa.literal(value, sa.Text())))).scalar_one() == shown


@pytest.fixture(scope="module")
def mia(world: World) -> Person:
    """Sees the contact details of her own customers, of others their masks."""
    seeing = rights(RowScope.ALL, "customer")
    return hire(world.garage, "mia", Grants(seeing, limits("customer", "contact", Access.MASKED, *OTHERS)))


def test_masked_values_show_their_masks_and_nothing_else(world: World, mia: Person) -> None:
    hers = world.garage.make(Customer, name="Hers", owner_id=mia.id, phone="13800001111", address_street="Here 1")
    other = world.garage.make(
        Customer, name="Other", owner_id=world.garage.sam.id, phone="13812345678", email="x@y.test"
    )
    query = """
        query($ids: [ID!]!, $id: IdFilter!) {
          nodes(ids: $ids) {
            ... on Customer { phone email address { street } access { hiddenFields maskedFields writableFields } }
          }
          found: customers(filter: { id: $id, phone: { contains: "5678" } }) { nodes { id } }
          shown: customers(filter: { id: $id, phone: { eq: "138****5678" } }) { nodes { id } }
          searched: customers(filter: { id: $id }, search: "13812345678") { nodes { id } }
          mine: customers(filter: { id: $id }, search: "13800001111") { nodes { id } }
          empty: customers(filter: { id: $id, phone: { isNull: true } }) { nodes { id } }
          groups: customerGroups(by: [{ phone: VALUE }], filter: { id: $id }) { nodes { keys { phone } count } }
        }"""
    ids = [str(hers), str(other)]
    answer = mia.ask(query, ids=ids, id={"in": ids})
    mine, his = answer["nodes"]
    assert (mine["phone"], mine["address"]["street"]) == ("13800001111", "Here 1")
    assert (his["phone"], his["email"], his["address"]) == ("138****5678", "x****@y.test", None)
    masked = ["phone", "mobile", "fax", "email", "address"]
    assert (mine["access"]["maskedFields"], his["access"]["maskedFields"]) == ([], masked)
    assert not {"phone", "address"} & {*his["access"]["writableFields"]}
    assert not {"phone", "fax", "email", "address"} & {*his["access"]["hiddenFields"]}
    assert {"phone", "address"} <= {*mine["access"]["writableFields"]}
    assert answer["found"]["nodes"] == answer["shown"]["nodes"] == answer["searched"]["nodes"] == []
    assert answer["mine"]["nodes"] == [{"id": str(hers)}]
    assert answer["empty"]["nodes"] == [{"id": str(other)}]
    groups = {group["keys"]["phone"]: group["count"] for group in answer["groups"]["nodes"]}
    assert groups == {"13800001111": 1, None: 1}


def test_a_masked_address_shows_its_city_and_is_not_found_by_it(world: World, mia: Person) -> None:
    values = {"address_country": "CN", "address_city": "上海市", "address_street": "There 2", "language": "masked"}
    for owner in (world.garage.sam, mia):
        world.garage.make(Customer, name=owner.name, owner_id=owner.id, **values)
    shown = "nodes { name address { countryName city street postalCode formatted } }"
    ours = 'language: { eq: "masked" }'
    query = f"""{{
      all: customers(filter: {{ {ours} }}, orderBy: [{{ name: ASC }}]) {{ {shown} }}
      city: customers(filter: {{ {ours}, address: {{ city: {{ eq: "上海市" }} }} }}) {{ nodes {{ name }} }}
      none: customers(filter: {{ {ours}, address: {{ isNull: true }} }}) {{ nodes {{ name }} }}
      found: customers(filter: {{ {ours} }}, search: "there") {{ nodes {{ name }} }}
    }}"""
    answer = mia.ask(query)
    in_china = {"countryName": "China", "city": "上海市", "postalCode": None}
    assert [node["address"] for node in answer["all"]["nodes"]] == [
        in_china | {"street": "There 2", "formatted": "中国上海市There 2"},
        in_china | {"street": "****", "formatted": "中国上海市****"},
    ]
    names = {key: [node["name"] for node in answer[key]["nodes"]] for key in ("city", "none", "found")}
    assert names == {"city": ["mia"], "none": ["sam"], "found": ["mia"]}


def test_a_masked_value_is_not_written(world: World, mia: Person) -> None:
    id_ = str(world.garage.make(Customer, owner_id=world.garage.sam.id, phone="13812345678"))
    query = """
        mutation($id: ID!, $phone: String) {
          x: customerUpdate(id: $id, input: { phone: $phone }) { id problems { code path } }
        }"""
    for phone in ("13812345678", "138****5678", None):
        assert mia.ask(query, id=id_, phone=phone)["x"] == {
            "id": None,
            "problems": [{"code": "FORBIDDEN", "path": ["phone"]}],
        }


def test_what_is_masked_on_all_records_can_neither_filter_nor_order(world: World) -> None:
    seeing = rights(RowScope.ALL, "customer", operations=("read",))
    max_ = hire(world.garage, "max", Grants(seeing, limits("customer", "contact", Access.MASKED)))
    world.garage.make(Customer, phone="13812345678", name="Masked Ltd")
    for argument in ('filter: { phone: { eq: "13812345678" } }', "orderBy: [{ phone: ASC }]"):
        (error,) = max_.errors(f"{{ customers({argument}) {{ nodes {{ id }} }} }}")
        assert error["extensions"]["code"] == "FORBIDDEN"
    found = max_.ask('{ customers(filter: { name: { eq: "Masked Ltd" } }) { nodes { phone } } }')["customers"]["nodes"]
    assert found == [{"phone": "138****5678"}]


def test_no_mask_is_made_for_whom_a_value_is_either_shown_or_hidden(world: World, mia: Person) -> None:
    hidden = limits("customer", "contact", Access.HIDDEN, *OTHERS)
    noa = hire(world.garage, "noa", Grants(rights(RowScope.ALL, "customer"), hidden))
    one = object_of(Customer)
    for person, is_made in ((mia, True), (noa, False), (world.garage.mona, False)):
        with open_scope(world.garage.tenant, person.id, write=False) as scope:
            told = shown(scope.profile, one, one.fields["phone"], one.table)
            assert is_masked(scope.profile, one, one.fields["phone"]) is is_made
            assert ("right(" in str(told)) is is_made
