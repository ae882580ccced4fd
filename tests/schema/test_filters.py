"""Filters: every operator on every kind of field, nested, through references, and in three-valued logic."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from saas.engine.access.tables import Access, Relation, RowScope
from saas.kit import clock
from saas.modules.catalog.product import Product
from saas.modules.customers.customer import Customer, CustomerKind
from saas.modules.organisation.rights import Grants
from saas.modules.sales.opportunity import Opportunity
from tests.engine.people import hire
from tests.world import Person, World, limits, rights


@pytest.fixture(scope="module")
def ada(world: World) -> Person:
    """The administrator, with three of everything to look for, told apart by a letter."""
    garage = world.garage
    customers: dict[str, dict[str, Any]] = {
        "A": {
            "name": "Ångström GmbH",
            "code": "A_1",
            "kind": CustomerKind.PERSON,
            "phone": "+49 111",
            "email": "First@X.test",
            "founded_year": 1900,
            "annual_revenue": Decimal("100.5"),
            "notes": "n",
            "owner_id": garage.sam.id,
        },
        "B": {
            "name": "Beta 100%",
            "code": "A%1",
            "kind": CustomerKind.AUTHORITY,
            "phone": "+49 222",
            "email": "second@x.test",
            "founded_year": 1950,
            "annual_revenue": Decimal(200),
            "owner_id": garage.sue.id,
        },
        "C": {"name": "ｃａｆé \\ Bar", "code": "A\\1"},
    }
    ids = {letter: garage.make(Customer, language=letter, **values) for letter, values in customers.items()}
    for letter, day, percent in (("A", 1, "12.5"), ("B", 2, "50"), ("C", None, None)):
        values: dict[str, Any] = {"engaged_on": date(2024, 2, day), "probability": Decimal(percent or 0)} if day else {}
        with clock.stopped_at(datetime(2024, 3, day or 3, 12, tzinfo=UTC)):
            garage.make(Opportunity, name=letter, customer_id=ids[letter], **values)
    garage.make(Product, name="A", list_price=Decimal("0.000001"), is_discontinued=True)
    garage.make(Product, name="B", list_price=Decimal(2))
    return garage.ada


def _wrong(person: Person, table: list[tuple[str, str, str]]) -> dict[str, str]:
    """Of (list, filter, letters expected) the filters that find others, with what they find."""
    wrong = {}
    for batch in (table[start : start + 25] for start in range(0, len(table), 25)):
        fields = [
            f"f{number}: {plural}(filter: {filter_}) "
            f"{{ nodes {{ {_LETTER.get(plural, 'name')} }} totalCount {{ value }} }}"
            for number, (plural, filter_, _) in enumerate(batch)
        ]
        answer = person.ask("{ " + " ".join(fields) + " }")
        for number, (plural, filter_, expected) in enumerate(batch):
            found = answer[f"f{number}"]
            letters = "".join(sorted(node[_LETTER.get(plural, "name")] for node in found["nodes"]))
            if letters != expected or found["totalCount"]["value"] != len(letters):
                wrong[filter_] = letters
    return wrong


_LETTER = {"customers": "language"}
CUSTOMERS = [
    # text: folded, wildcards are ordinary characters
    ('{ name: { eq: "ANGSTROM  gmbh" } }', "A"),
    ('{ name: { eq: "angstro" } }', ""),
    ('{ name: { ne: "angstrom gmbh" } }', "BC"),
    ('{ name: { in: ["ANGSTRÖM GMBH", "beta １００％"] } }', "AB"),
    ("{ name: { in: [] } }", ""),
    ('{ name: { notIn: ["angström gmbh"] } }', "BC"),
    ("{ name: { notIn: [] } }", "ABC"),
    ('{ name: { lt: "Beta 100%" } }', "A"),
    ('{ name: { lte: "Beta 100%" } }', "AB"),
    ('{ name: { gt: "Beta 100%" } }', "C"),
    ('{ name: { gte: "Beta 100%" } }', "BC"),
    ('{ name: { between: { from: "a", to: "beta 100%" } } }', "AB"),
    ('{ name: { contains: "STRO" } }', "A"),
    ('{ name: { contains: "%" } }', "B"),
    ('{ name: { contains: "\\\\" } }', "C"),
    ('{ name: { startsWith: "CAFE" } }', "C"),
    ('{ name: { startsWith: "Angstro " } }', ""),
    ('{ name: { contains: "\u3000GM" } }', "A"),
    ('{ name: { endsWith: "ＢＡＲ" } }', "C"),
    ('{ name: { endsWith: "0_" } }', ""),
    ('{ code: { contains: "_" } }', "A"),
    ('{ code: { startsWith: "a%" } }', "B"),
    ('{ code: { contains: "a\\\\1" } }', "C"),
    ('{ code: { eq: "a_1" } }', "A"),
    ("{ name: { isNull: true } }", ""),
    ("{ website: { isNull: true } }", "ABC"),
    ("{ website: { isNull: false } }", ""),
    # e-mail, phone, long text
    ('{ email: { eq: "FIRST@x.TEST" } }', "A"),
    ('{ email: { endsWith: "@X.test" } }', "AB"),
    ('{ phone: { contains: "222" } }', "B"),
    ("{ phone: { isNull: true } }", "C"),
    ("{ notes: { isNull: false } }", "A"),
    ("{ notes: { isNull: true } }", "BC"),
    # whole numbers
    ("{ foundedYear: { eq: 1900 } }", "A"),
    ("{ foundedYear: { ne: 1900 } }", "B"),
    ("{ foundedYear: { in: [1900, 1950, 2000] } }", "AB"),
    ("{ foundedYear: { notIn: [1900] } }", "B"),
    ("{ foundedYear: { lt: 1950 } }", "A"),
    ("{ foundedYear: { lte: 1950 } }", "AB"),
    ("{ foundedYear: { gt: 1900 } }", "B"),
    ("{ foundedYear: { gte: 1900 } }", "AB"),
    ("{ foundedYear: { between: { from: 1900, to: 1949 } } }", "A"),
    ("{ foundedYear: { between: { from: 1950, to: 1900 } } }", ""),
    ("{ foundedYear: { isNull: true } }", "C"),
    # money
    ('{ annualRevenue: { eq: "100.50" } }', "A"),
    ("{ annualRevenue: { eq: 200 } }", "B"),
    ('{ annualRevenue: { ne: "100.5" } }', "B"),
    ('{ annualRevenue: { in: ["100.5", 200] } }', "AB"),
    ('{ annualRevenue: { notIn: ["100.5"] } }', "B"),
    ('{ annualRevenue: { lt: "100.50001" } }', "A"),
    ('{ annualRevenue: { lte: "100.5" } }', "A"),
    ('{ annualRevenue: { gt: "100.4999999" } }', "AB"),
    ("{ annualRevenue: { gte: 200 } }", "B"),
    ('{ annualRevenue: { between: { from: 0, to: "100.5" } } }', "A"),
    ("{ annualRevenue: { isNull: false } }", "AB"),
    # choices
    ("{ kind: { eq: AUTHORITY } }", "B"),
    ("{ kind: { ne: AUTHORITY } }", "AC"),
    ("{ kind: { in: [AUTHORITY, COMPANY] } }", "BC"),
    ("{ kind: { notIn: [AUTHORITY, COMPANY] } }", "A"),
    ("{ kind: { isNull: true } }", ""),
    # references
    ('{ owner: { name: { eq: "SAM" } } }', "A"),
    ('{ owner: { superior: { name: { eq: "mona" } } } }', "AB"),
    ('{ owner: { name: { ne: "sam" } } }', "B"),
    ("{ owner: { isNull: true } }", "C"),
    ("{ owner: { isNull: false } }", "AB"),
    ('{ owner: { isNull: false, name: { startsWith: "su" } } }', "B"),
    ("{ owner: { isMe: true } }", ""),
    ("{ owner: { isMe: false } }", "AB"),
    ("{ owner: {} }", "ABC"),
    # together
    ('{ foundedYear: { gt: 1900, lt: 2000 }, code: { startsWith: "a" } }', "B"),
    ("{ and: [{ foundedYear: { gt: 1000 } }, { kind: { eq: AUTHORITY } }] }", "B"),
    ("{ and: [] }", "ABC"),
    ('{ or: [{ foundedYear: { eq: 1900 } }, { name: { startsWith: "cafe" } }] }', "AC"),
    ("{ or: [] }", ""),
    ("{ not: { kind: { eq: AUTHORITY } } }", "AC"),
    ("{ not: { foundedYear: { eq: 1900 } } }", "B"),
    ('{ not: { owner: { name: { eq: "sam" } } } }', "B"),
    ("{ not: { foundedYear: { isNull: true } } }", "AB"),
    ("{ not: { not: { foundedYear: { eq: 1900 } } } }", "A"),
    ("{ not: { and: [{ foundedYear: { gte: 1900 } }, { kind: { eq: PERSON } }] } }", "BC"),
    ("{ not: { or: [{ foundedYear: { eq: 1900 } }, { kind: { eq: PERSON } }] } }", "B"),
    (
        "{ or: [{ and: [{ kind: { eq: AUTHORITY } }, { not: { code: { isNull: true } } }] }, "
        '{ language: { eq: "c" } }] }',
        "BC",
    ),
    ("{ kind: { eq: AUTHORITY }, or: [{ foundedYear: { eq: 1900 } }, { foundedYear: { isNull: true } }] }", ""),
    ("{}", "ABC"),
]
OTHERS = [
    ("opportunities", '{ engagedOn: { eq: "2024-02-01" } }', "A"),
    ("opportunities", '{ engagedOn: { ne: "2024-02-01" } }', "B"),
    ("opportunities", '{ engagedOn: { lt: "2024-02-02" } }', "A"),
    ("opportunities", '{ engagedOn: { lte: "2024-02-02" } }', "AB"),
    ("opportunities", '{ engagedOn: { gt: "2024-02-01" } }', "B"),
    ("opportunities", '{ engagedOn: { gte: "2024-02-01" } }', "AB"),
    ("opportunities", '{ engagedOn: { between: { from: "2024-01-01", to: "2024-02-01" } } }', "A"),
    ("opportunities", "{ engagedOn: { isNull: true } }", "C"),
    ("opportunities", '{ createdAt: { eq: "2024-03-01T13:00:00+01:00" } }', "A"),
    ("opportunities", '{ createdAt: { ne: "2024-03-01T12:00:00Z" } }', "BC"),
    ("opportunities", '{ createdAt: { lt: "2024-03-02T12:00:00.000001Z" } }', "AB"),
    ("opportunities", '{ createdAt: { lte: "2024-03-02T12:00:00Z" } }', "AB"),
    ("opportunities", '{ createdAt: { gt: "2024-03-02T12:00:00Z" } }', "C"),
    ("opportunities", '{ createdAt: { gte: "2024-03-02T12:00:00Z" } }', "BC"),
    ("opportunities", '{ createdAt: { between: { from: "2024-03-02T00:00:00Z", to: "2024-03-02T23:00:00Z" } } }', "B"),
    ("opportunities", "{ deletedAt: { isNull: false } }", ""),
    ("opportunities", '{ probability: { eq: "12.50" } }', "A"),
    ("opportunities", "{ probability: { gte: 50 } }", "B"),
    ("opportunities", '{ customer: { owner: { department: { name: { eq: "north" } } } } }', "A"),
    ("opportunities", "{ customer: { foundedYear: { isNull: true } } }", "C"),
    ("opportunities", "{ stage: { eq: PROSPECTING } }", "ABC"),
    ("products", "{ isDiscontinued: { eq: true } }", "A"),
    ("products", "{ isDiscontinued: { ne: true } }", "B"),
    ("products", "{ isDiscontinued: { eq: false } }", "B"),
    ("products", "{ isDiscontinued: { isNull: true } }", ""),
    ("products", "{ not: { isDiscontinued: { eq: true } } }", "B"),
    ("products", '{ listPrice: { eq: "0.000001" } }', "A"),
    ("products", '{ listPrice: { lt: "0.0000011" } }', "A"),
]


def test_operators_on_customers(ada: Person) -> None:
    assert _wrong(ada, [("customers", filter_, letters) for filter_, letters in CUSTOMERS]) == {}


def test_operators_on_other_kinds_of_fields(ada: Person) -> None:
    assert _wrong(ada, OTHERS) == {}


def test_a_text_that_cannot_be_is_refused(ada: Person) -> None:
    for operator in (
        {"eq": "a\x00b"},
        {"in": ["a\x00b"]},
        {"contains": "\x00"},
        {"between": {"from": "\x00", "to": "b"}},
    ):
        query = "query($f: CustomerFilter) { customers(filter: $f) { nodes { id } } }"
        (error,) = ada.errors(query, f={"name": operator})
        assert error["extensions"]["code"] == "BAD_INPUT"


def test_ids_departments_below_and_oneself(world: World, ada: Person) -> None:
    query = "query($f: EmployeeFilter) { employees(filter: $f) { nodes { name } } }"

    def names(filter_: dict[str, Any]) -> list[str]:
        return [node["name"] for node in ada.ask(query, f=filter_)["employees"]["nodes"]]

    sam, sue = str(world.garage.sam.id), str(world.garage.sue.id)
    sales = str(world.garage.departments["sales"])
    assert names({"id": {"eq": sam}}) == ["sam"]
    assert names({"id": {"in": [sam, sue]}}) == ["sam", "sue"]
    assert names({"id": {"notIn": [sam]}, "superior": {"isNull": False}}) == ["sue"]
    assert names({"id": {"ne": sam}, "superior": {"id": {"eq": str(world.garage.mona.id)}}}) == ["sue"]
    assert names({"department": {"under": sales}}) == ["mona", "sam", "sue"]
    assert names({"isMe": True}) == ["ada"]
    assert "ada" not in names({"isMe": False})


@pytest.mark.parametrize(
    "filter_",
    [
        {"name": None},
        {"name": {"eq": None}},
        {"name": {"isNull": None}},
        {"owner": None},
        {"owner": {"isNull": None}},
        {"owner": {"isMe": None}},
        {"owner": {"name": {"contains": None}}},
        {"department": {"under": None}},
        {"id": {"eq": None}},
        {"and": None},
        {"not": None},
        {"or": [{"foundedYear": {"lt": None}}]},
        {"kind": {"eq": None}},
        {"id": {"eq": "42"}},
        {"department": {"under": "42"}},
        {"isNull": True},
    ],
    ids=str,
)
def test_what_is_no_operand_is_refused(ada: Person, filter_: dict[str, Any]) -> None:
    (error,) = ada.errors("query($f: CustomerFilter) { customers(filter: $f) { nodes { id } } }", f=filter_)
    assert (error["extensions"]["code"], error["path"]) == ("BAD_INPUT", ["customers"])


def test_an_absent_variable_drops_the_operator(ada: Person) -> None:
    query = """
        query($name: String, $year: Int, $or: [CustomerFilter!]) {
          customers(filter: { name: { contains: $name }, foundedYear: { gte: $year }, or: $or }) { nodes { language } }
        }"""

    def letters(**variables: Any) -> list[str]:
        return [node["language"] for node in ada.ask(query, **variables)["customers"]["nodes"]]

    assert letters() == ["A", "B", "C"]
    assert letters(name="beta") == ["B"]
    assert letters(year=1900) == ["A", "B"]
    (error,) = ada.errors(query, name=None)
    assert error["extensions"]["code"] == "BAD_INPUT"
    assert error["extensions"]["path"] == ["filter", "name", "contains"]


def test_a_filter_may_be_large_but_not_endless(ada: Person) -> None:
    query = "query($f: CustomerFilter) { customers(filter: $f) { nodes { language } } }"
    wide = {"or": [{"name": {"eq": str(number)}} for number in range(150)]}
    assert ada.ask(query, f=wide)["customers"]["nodes"] == []
    wider = {"or": [{"name": {"eq": str(number)}} for number in range(250)]}
    (error,) = ada.errors(query, f=wider)
    assert error["extensions"]["code"] == "BAD_INPUT"
    for step in ("not", "parent"):
        deep: dict[str, Any] = {"name": {"contains": "a"}}
        for _ in range(60):
            deep = {"or": [{step: deep}, {"name": {"eq": "x"}}]}
        (error,) = ada.errors(query, f=deep)
        assert error["extensions"]["code"] == "TOO_COMPLEX", step


def test_what_is_hidden_behaves_as_null(world: World, ada: Person) -> None:
    """Olga sees all customers, but the revenue of her own only; B's and C's never show, whatever she asks."""
    not_mine = tuple(relation for relation in Relation if relation is not Relation.OWNER)
    grants = Grants(
        rights(RowScope.ALL, "customer", "opportunity"), limits("customer", "finance", Access.HIDDEN, *not_mine)
    )
    olga = hire(world.garage, "olga", grants)
    own = [
        str(world.garage.make(Customer, language=letter, annual_revenue=revenue, owner_id=olga.id))
        for letter, revenue in (("D", Decimal(100)), ("E", Decimal(200)), ("F", None))
    ]
    table = [
        ("{ annualRevenue: { gt: 0 } }", "DE"),
        ("{ annualRevenue: { eq: 200 } }", "E"),
        ("{ annualRevenue: { ne: 100 } }", "E"),
        ("{ annualRevenue: { notIn: [100] } }", "E"),
        ("{ annualRevenue: { isNull: true } }", "ABCF"),
        ("{ annualRevenue: { isNull: false } }", "DE"),
        ("{ not: { annualRevenue: { gt: 0 } } }", ""),
        ("{ not: { annualRevenue: { lt: 150 } } }", "E"),
        ("{ not: { annualRevenue: { isNull: true } } }", "DE"),
        ("{ not: { or: [{ annualRevenue: { gt: 0 } }, { kind: { eq: AUTHORITY } }] } }", ""),
        ("{ not: { and: [{ annualRevenue: { gt: 0 } }, { kind: { eq: COMPANY } }] } }", "AB"),
        ("{ or: [{ annualRevenue: { lt: 150 } }, { annualRevenue: { isNull: true } }] }", "ABCDF"),
        ("{ or: [{ annualRevenue: { lt: 150 } }, { annualRevenue: { gte: 150 } }] }", "DE"),
    ]
    through = [
        ("opportunities", "{ customer: { annualRevenue: { gt: 0 } } }", ""),
        ("opportunities", "{ customer: { annualRevenue: { isNull: true } } }", "ABC"),
    ]
    found = _wrong(olga, [("customers", filter_, letters) for filter_, letters in table] + through)
    for id_ in own:  # the other tests count on A, B and C only
        ada.ask("mutation($id: ID!) { customerDelete(id: $id) { id } }", id=id_)
    assert found == {}


def test_a_field_hidden_on_all_records_cannot_be_asked_about(world: World, ada: Person) -> None:
    asked = [
        "{ customers(filter: { creditLimit: { gt: 1 } }) { nodes { id } } }",
        "{ customers(filter: { not: { or: [{ creditLimit: { isNull: true } }] } }) { nodes { id } } }",
        "{ customers(filter: { creditLimit: {} }) { nodes { id } } }",
        "{ customers(filter: { parent: { creditLimit: { gt: 1 } } }) { totalCount { value } } }",
        "{ contacts(filter: { customer: { creditLimit: { gt: 1 } } }) { nodes { id } } }",
        "{ customers(orderBy: [{ creditLimit: ASC }]) { nodes { id } } }",
        "{ customers(orderBy: [{ name: ASC }, { parent: { creditLimit: DESC } }]) { nodes { id } } }",
        "{ contacts(orderBy: [{ customer: { email: ASC } }]) { nodes { id } } }",
    ]
    for query in asked:
        (error,) = world.garage.vera.errors(query)
        assert error["extensions"]["code"] == "FORBIDDEN", query
        assert "hidden" in error["message"], query
