"""Addresses through the API: one field of several parts, each of which filters, orders and groups."""

from typing import Any

import pytest

from saas.engine.access.tables import Access, Relation, RowScope
from saas.engine.registry import object_of
from saas.modules.customers.customer import Customer
from saas.modules.organisation.rights import Grants
from tests.contracts.factory import write
from tests.contracts.ledger import audited
from tests.engine.people import hire
from tests.transfer.place import bring, sentences, tally
from tests.world import Person, World, limits, rights

CUSTOMER = object_of(Customer)
READ = (
    "query($id: ID!) { customer(id: $id) { version address { country city street postalCode countryName formatted } } }"
)
HANGZHOU = {"country": "CN", "province": "浙江省", "city": "杭州市", "street": "文三路 90 号", "postalCode": "310012"}
BERLIN = {"country": "DE", "city": "Berlin", "street": "Obere Str. 57", "postalCode": "12209"}


def _made(world: World, address: dict[str, Any], **more: Any) -> str:
    made = write(world.garage.ada, CUSTOMER, "Create", input={"name": "At home", "address": address, **more})
    assert made["problems"] == []
    return str(made["id"])


def _address(world: World, id_: str) -> Any:
    return world.garage.ada.ask(READ, id=id_)["customer"]["address"]


def test_parts_that_are_absent_stay_and_null_clears(world: World) -> None:
    ada, id_ = world.garage.ada, _made(world, BERLIN)
    told = {"countryName": "Germany", "formatted": "Obere Str. 57\n12209 Berlin\nGermany"}
    assert _address(world, id_) == BERLIN | told
    changed = write(ada, CUSTOMER, "Update", id=id_, input={"address": {"street": "Untere Str. 1", "postalCode": None}})
    assert changed["problems"] == []
    row = audited(world, world.garage, id_)[-1]
    assert row["changes"] == {
        "address_street": ["Obere Str. 57", "Untere Str. 1"],
        "address_postal_code": ["12209", None],
    }
    assert _address(world, id_)["formatted"] == "Untere Str. 1\nBerlin\nGermany"
    assert write(ada, CUSTOMER, "Update", id=id_, input={"address": {}})["record"]["version"] == 2
    assert write(ada, CUSTOMER, "Update", id=id_, input={"address": None})["problems"] == []
    assert _address(world, id_) is None
    assert _address(world, _made(world, {})) is None


@pytest.mark.parametrize(
    ("address", "path", "message"),
    [
        ({"country": "XX"}, "country", "Address country: 'XX' is no country of ISO 3166, such as CN."),
        ({"country": "China"}, "country", "Address country: 'CHINA' is no country of ISO 3166, such as CN."),
        (
            {"country": "CN", "postalCode": "2001"},
            "postalCode",
            "A postal code of China has six digits, such as 200120.",
        ),
        (
            {"country": "cn", "postalCode": "20012O"},
            "postalCode",
            "A postal code of China has six digits, such as 200120.",
        ),
        ({"city": "x" * 401}, "city", "Address city is longer than 400 characters."),
    ],
)
def test_what_is_no_address_is_refused_at_its_place(
    world: World, address: dict[str, str], path: str, message: str
) -> None:
    id_ = _made(world, BERLIN)
    for verb, more in (("Create", {}), ("Update", {"id": id_})):
        refused = write(world.garage.ada, CUSTOMER, verb, input={"name": "X", "address": address}, **more)
        assert refused["id"] is None
        (problem,) = refused["problems"]
        told = (problem["code"], problem["path"], problem["message"])
        assert told == ("BAD_INPUT", ["address", path], message)


def test_a_postal_code_is_that_of_the_country_that_the_record_has(world: World) -> None:
    id_ = _made(world, BERLIN)
    (problem,) = write(world.garage.ada, CUSTOMER, "Update", id=id_, input={"address": {"country": "CN"}})["problems"]
    assert (problem["code"], problem["path"]) == ("BAD_INPUT", ["address", "postalCode"])
    assert _address(world, id_)["country"] == "DE"


def _names(person: Person, arguments: str) -> str:
    nodes = person.ask(f"{{ customers({arguments}) {{ nodes {{ name }} }} }}")["customers"]["nodes"]
    return "".join(node["name"] for node in nodes)


@pytest.fixture(scope="module")
def three(world: World) -> None:
    for name, address in (("A", HANGZHOU), ("B", BERLIN), ("C", {"country": "CN", "city": "上海市"}), ("D", None)):
        _made(world, address or {}, name=name, language="addresses")


@pytest.mark.parametrize(
    ("condition", "names"),
    [
        ('{ country: { eq: "CN" } }', "AC"),
        ('{ country: { in: ["DE", "FR"] } }', "B"),
        ('{ country: { notIn: ["DE"] } }', "AC"),
        ('{ city: { eq: "berlin" } }', "B"),
        ('{ city: { contains: "杭" }, country: { eq: "CN" } }', "A"),
        ('{ city: { eq: "berlin" }, country: { eq: "CN" } }', ""),
        ('{ postalCode: { startsWith: "31" } }', "A"),
        ("{ street: { isNull: true } }", "CD"),
        ("{ isNull: true }", "D"),
        ("{ isNull: false }", "ABC"),
        ("{}", "ABCD"),
    ],
)
@pytest.mark.usefixtures("three")
def test_its_parts_filter(world: World, condition: str, names: str) -> None:
    ours = 'language: { eq: "addresses" }'
    assert _names(world.garage.ada, f"filter: {{ {ours}, address: {condition} }}") == names


@pytest.mark.usefixtures("three")
def test_its_parts_order_group_and_are_searched(world: World) -> None:
    ada, ours = world.garage.ada, 'filter: { language: { eq: "addresses" } }'
    assert _names(ada, f"{ours}, orderBy: [{{ address: {{ postalCode: DESC }} }}]") == "ABCD"
    assert _names(ada, f"{ours}, orderBy: [{{ address: {{ country: ASC_NULLS_FIRST }} }}]") == "DACB"
    assert (_names(ada, f'{ours}, search: "文三"'), _names(ada, f'{ours}, search: "obere"')) == ("A", "B")
    query = f"""{{ x: customerGroups(
        by: [{{ address: {{ country: VALUE }} }}, {{ address: {{ city: VALUE }} }}], {ours}
        orderBy: [{{ keys: {{ address: {{ country: ASC }} }} }}, {{ keys: {{ address: {{ city: DESC }} }} }}]
      ) {{ nodes {{ count keys {{ address {{ country city }} }} }} }} }}"""
    keys = [node["keys"]["address"] for node in ada.ask(query)["x"]["nodes"]]
    assert keys == [
        {"country": "CN", "city": "杭州市"},
        {"country": "CN", "city": "上海市"},
        {"country": "DE", "city": "Berlin"},
        {"country": None, "city": None},
    ]


@pytest.mark.parametrize(
    "arguments",
    [
        'filter: { address: { city: { eq: "Berlin" } } }',
        "filter: { address: { isNull: true } }",
        "orderBy: [{ address: { country: ASC } }]",
    ],
)
def test_an_address_hidden_on_all_records_neither_filters_nor_orders(world: World, arguments: str) -> None:
    (error,) = world.garage.vera.errors(f"{{ customers({arguments}) {{ nodes {{ id }} }} }}")
    assert error["extensions"]["code"] == "FORBIDDEN"
    assert "customer.address is hidden from you" in error["message"]


def test_a_hidden_address_is_none_in_every_part(world: World) -> None:
    """Otto sees the contact details of his own customers only; of others there is no address, and none is written."""
    others = (Relation.SUPERIOR, Relation.PARTICIPANT, Relation.SAME_DEPARTMENT, Relation.OTHERS)
    hidden = limits("customer", "contact", Access.HIDDEN, *others)
    otto = hire(world.garage, "otto-at-home", Grants(rights(RowScope.ALL, "customer"), hidden))
    values = {"address_country": "DE", "address_city": "Ulm", "address_street": "Gasse 1", "language": "unseen"}
    hers = str(world.garage.make(Customer, name="S", owner_id=world.garage.sue.id, **values))
    world.garage.make(Customer, name="O", owner_id=otto.id, **values | {"address_city": "Zell"})
    ours = 'language: { eq: "unseen" }'
    seen = otto.ask("query($id: ID!) { customer(id: $id) { address { city } access { hiddenFields } } }", id=hers)
    assert seen["customer"]["address"] is None
    assert "address" in seen["customer"]["access"]["hiddenFields"]
    assert _names(otto, f'filter: {{ {ours}, address: {{ country: {{ eq: "DE" }} }} }}') == "O"
    assert _names(otto, f'filter: {{ {ours}, not: {{ address: {{ city: {{ eq: "Zell" }} }} }} }}') == ""
    assert _names(otto, f"filter: {{ {ours}, address: {{ isNull: true }} }}") == "S"
    assert _names(otto, f"filter: {{ {ours} }}, orderBy: [{{ address: {{ city: ASC }} }}]") == "OS"
    assert _names(otto, f'filter: {{ {ours} }}, search: "gasse"') == "O"
    by, keys = "{ address: { city: VALUE } }", "keys { address { city } }"
    query = f"{{ x: customerGroups(by: [{by}], filter: {{ {ours} }}) {{ nodes {{ {keys} }} }} }}"
    cities = [node["keys"]["address"]["city"] for node in otto.ask(query)["x"]["nodes"]]
    assert sorted(cities, key=str) == [None, "Zell"]
    refused = write(otto, CUSTOMER, "Update", id=hers, input={"address": {"city": "Ulm", "street": "Gasse 1"}})
    told = [(each["code"], each["path"], each["message"]) for each in refused["problems"]]
    assert told == [("FORBIDDEN", ["address"], "You may not write Address.")]


def test_an_address_changed_by_two_is_one_conflict(world: World) -> None:
    """What each of them wrote into other parts would make an address that nobody meant."""
    ada, id_ = world.garage.ada, _made(world, BERLIN)
    theirs = {"address": {"city": "Ulm", "postalCode": "89073"}, "language": "de"}
    assert write(ada, CUSTOMER, "Update", id=id_, version=1, input=theirs)["problems"] == []
    refused = write(ada, CUSTOMER, "Update", id=id_, version=1, input={"address": {"street": "Neue Str. 1"}})
    (problem,) = refused["problems"]
    assert problem["fields"] == [
        {
            "field": "address",
            "current": "Obere Str. 57\n89073 Ulm\nGermany",
            "mine": "Neue Str. 1\n12209 Berlin\nGermany",
            "original": "Obere Str. 57\n12209 Berlin\nGermany",
        }
    ]
    # As it was seen is no change; and what others wrote is agreed to.
    for same in (BERLIN, theirs["address"]):
        kept = write(ada, CUSTOMER, "Update", id=id_, version=1, input={"address": same})
        assert (kept["problems"], kept["record"]["version"]) == ([], 2)
    assert _address(world, id_)["city"] == "Ulm"


def test_an_amount_and_its_currency_are_one_value_in_a_conflict(world: World) -> None:
    ada = world.garage.ada
    id_ = str(world.garage.make(Customer))
    limit = {"amount": "100", "currency": "USD"}
    assert write(ada, CUSTOMER, "Update", id=id_, input={"creditLimit": limit})["problems"] == []
    world.sql(world.garage, "UPDATE customer SET credit_limit_currency = 'EUR' WHERE id = %s", id_)
    changes = '{"credit_limit_currency": ["USD", "EUR"]}'
    world.sql(
        world.garage,
        "UPDATE audit SET changes = %s WHERE record_id = %s AND version = 2",
        changes,
        id_,
    )
    refused = write(ada, CUSTOMER, "Update", id=id_, version=1, input={"creditLimit": limit | {"amount": "200"}})
    (problem,) = refused["problems"]
    assert [(each["field"], each["current"], each["mine"]) for each in problem["fields"]] == [
        ("creditLimit", "100", "200"),
        ("creditLimitCurrency", "EUR", "USD"),
    ]


def test_a_merge_takes_an_address_as_a_whole(world: World) -> None:
    into, half, whole = (_made(world, each) for each in ({}, {"city": "Ulm"}, BERLIN))
    query = """mutation($into: ID!, $from: [ID!]!) {
      x: customerMerge(into: $into, from: $from) {
        changed { field before after } customer { address { city street } } problems { code }
      } }"""
    done = world.garage.ada.ask(query, **{"into": into, "from": [half, whole]})["x"]
    assert done["problems"] == []
    assert done["customer"]["address"] == {"city": "Ulm", "street": None}
    assert [each for each in done["changed"] if each["field"].startswith("address")] == [
        {"field": "address", "before": None, "after": "Ulm"}
    ]


def test_an_import_fills_its_parts(world: World) -> None:
    columns = {"code": "code", "name": "code", "address.city": "city", "address.country": "country"}
    mapping = {"object": "customer", "key": ["code"], "columns": columns | {"address.postalCode": "zip"}}
    text = "code,city,country,zip\naddr-1,Ulm,Germany,89073\naddr-2,上海市,中国,200\naddr-3,Cair,Narnia,\n"
    counts, issues = bring(world.garage.tenant, text, mapping)
    assert tally(counts) == {"rows": 3, "created": 1, "refused": 2}
    assert sentences(issues) == [
        "3 error BAD_INPUT A postal code of China has six digits, such as 200120.",
        "4 error BAD_INPUT Address country: 'NARNIA' is no country of ISO 3166, such as CN.",
    ]
    assert [issue.field for issue in issues] == ["address.postalCode", "address.country"]
    statement = "SELECT address_country, address_city, address_postal_code FROM customer WHERE code = 'addr-1'"
    assert world.sql(world.garage, statement) == [("DE", "Ulm", "89073")]
    text = "code,city,country,zip\naddr-1,,Germany,89073\n"
    assert tally(bring(world.garage.tenant, text, mapping)[0]) == {"rows": 1, "updated": 1}
    assert world.sql(world.garage, statement) == [("DE", None, "89073")]
