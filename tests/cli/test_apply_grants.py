"""A file grants specially, and to some only: exactly what it says, twice the same, and nothing else touched."""

from typing import Any

import pytest

from saas.engine.access import specials
from saas.engine.access.specials import SpecialKind, special
from saas.engine.field import Label
from saas.modules.catalog.product import Product
from saas.modules.masters.number_rule import NumberRule
from saas.modules.organisation.department import Department
from tests.cli.onboarding_place import Operator, ask

SELLER = """
  - code: seller
    name: Seller
    grants: {customer: {read: own}}
    onlyFor:
      - {position: Expert, grants: {product: {read: all}}, fields: {product: {cost: hidden}}}
      - {businessLine: lamps, grants: {customer: {read: all}}}
      - {position: expert, businessLine: lamps, fields: {customer: {finance: {owner: write, others: hidden}}}}
    specials: {customer.limit: 20}
"""
FILE = f"""
tenant: {{slug: some, name: Some, language: en}}
departments: [{{code: head, name: Head}}]
positions: [{{code: expert, name: Expert}}]
businessLines: [{{code: lamps, name: Lamps}}]
roles:
  - {{code: admin, name: Admin, grants: {{"*": {{"*": all}}}}}}{SELLER.rstrip()}
people:
  - {{code: a1, name: Ada, email: ada@some.example, roles: [admin]}}
  - code: s1
    name: Sam
    email: sam@some.example
    position: expert
    roles: [seller]
    specials: {{customer.limit: 30}}
  - {{code: s2, name: Sue, email: sue@some.example, businessLines: [lamps], roles: [seller]}}
"""
FOR_SOME = [
    "customer.read:all for business line lamps",
    "customer.read:own",
    "product.read:all for position expert",
    "customer.finance@others:hidden for position expert for business line lamps",
]


def org(slug: str) -> str:
    """The file for a tenant of its own, so that tests do not meet."""
    return FILE.replace("slug: some", f"slug: {slug}").replace("@some.", f"@{slug}.")


def changes_of(data: Any, code: str) -> Any:
    (found,) = [step["changes"] for step in data["steps"] if (step["code"], step["what"] != "sign-in") == (code, True)]
    return found


def permitted(operator: Operator, slug: str, name: str) -> Any:
    token = operator.token(slug, f"{name}@{slug}.example")
    return ask(token, "{ viewer { permissions specials { key value } } }")["data"]["viewer"]


def test_it_is_granted_to_whom_the_file_says_and_twice_is_once(operator: Operator) -> None:
    tenant, file = "given", org("given")
    planned = operator.apply(file, "--create", "--dry-run", "--json").data
    made = operator.onboard(file)
    for data in (planned, made):
        gone, come = changes_of(data, "seller")["grants"]
        assert (gone, [word for word in FOR_SOME if word not in come]) == ([], [])
        assert changes_of(data, "seller")["specials"] == [[], ["customer.limit:20"]]
        assert changes_of(data, "s1")["specials"] == [[], ["customer.limit:30"]]
    assert permitted(operator, tenant, "sam") == {
        "permissions": ["customer.read", "product.read"],
        "specials": [{"key": "customer.limit", "value": 30}],
    }
    assert permitted(operator, tenant, "sue") == {
        "permissions": ["customer.read"],
        "specials": [{"key": "customer.limit", "value": 20}],
    }
    before = operator.traces(tenant)
    assert operator.onboard(file)["has_work"] is False
    assert operator.onboard(file.replace("position: Expert", "position: EXPERT"))["has_work"] is False
    assert operator.traces(tenant) == before


def test_what_is_absent_stays_and_null_clears(operator: Operator) -> None:
    tenant, file = "absent", org("absent")
    operator.onboard(file)
    before = operator.traces(tenant)
    silent = file.replace(SELLER.rstrip(), "\n  - {code: seller, name: Seller}").replace(
        "    specials: {customer.limit: 30}\n", ""
    )
    assert operator.onboard(silent)["has_work"] is False
    of_all = file.replace(SELLER.rstrip(), "\n  - {code: seller, name: Seller, grants: {customer: {read: own}}}")
    assert operator.onboard(of_all)["has_work"] is False
    assert operator.traces(tenant) == before
    said = operator.apply(file.replace("customer.limit: 20", "customer.limit: 25"), "--dry-run")
    assert "update  role  seller  specials −customer.limit:20 +customer.limit:25" in said.out
    assert operator.traces(tenant) == before
    cleared = silent.replace("name: Seller}", "name: Seller, onlyFor: null, specials: null}")
    data = operator.onboard(cleared.replace("name: Sam\n", "name: Sam\n    specials: {}\n"))
    gone, come = changes_of(data, "seller")["grants"]
    assert ("customer.read:own" in gone, [word for word in FOR_SOME if word not in gone], come) == (
        False, ["customer.read:own"], [],
    )  # fmt: skip
    assert changes_of(data, "seller")["specials"] == [["customer.limit:20"], []]
    assert changes_of(data, "s1")["specials"] == [["customer.limit:30"], []]
    assert permitted(operator, tenant, "sam") == {"permissions": ["customer.read"], "specials": []}
    rows = operator.rows(tenant, "SELECT changes->'specials' FROM {}.audit WHERE changes ? 'specials' ORDER BY id")
    assert [row for (row,) in rows] == [
        [[], ["customer.limit:20"]],
        [[], ["customer.limit:30"]],
        [["customer.limit:20"], []],
        [["customer.limit:30"], []],
    ]


def test_what_the_api_granted_to_some_is_known_by_its_codes(operator: Operator) -> None:
    tenant, file = "byapi", org("byapi")
    operator.onboard(file)
    ((role, position),) = operator.rows(
        tenant, "SELECT r.id, p.id FROM {}.role r, {}.position p WHERE r.code = 'seller'"
    )
    grant = f"""mutation {{ roleGrant(id: "{role}", input: {{
      rights: [{{ object: "contact", operation: "read", scope: OWN, positionId: "{position}" }}]
    }}) {{ problems {{ message }} }} }}"""
    assert ask(operator.token(tenant, "ada@byapi.example"), grant)["data"] == {"roleGrant": {"problems": []}}
    gone, _ = changes_of(operator.apply(file, "--dry-run", "--json").data, "seller")["grants"]
    assert gone == ["contact.read:own for position expert"]


@pytest.fixture
def declared(monkeypatch: pytest.MonkeyPatch) -> None:
    """Special permissions of a test, besides those of the product."""
    monkeypatch.setattr(specials, "_declared", dict(specials._declared))
    special("test.print", Label("Print", "打印"), SpecialKind.BOOLEAN)
    special("test.departments", Label("Departments", "部门"), SpecialKind.IDS, Department)
    special("test.products", Label("Products", "产品"), SpecialKind.IDS, Product)
    special("test.rules", Label("Rules", "规则"), SpecialKind.IDS, NumberRule)


def test_records_are_named_by_their_codes(operator: Operator, declared: None) -> None:
    tenant, file = "records", org("records")
    text = file.replace("{customer.limit: 20}", "{test.print: true, test.departments: [new, HEAD]}")
    text = text.replace("name: Head}]", "name: Head}, {code: new, name: New}]")
    words = ["test.departments:head new", "test.print:true"]
    assert changes_of(operator.onboard(text), "seller")["specials"] == [[], words]
    made = 'mutation { productCreate(input: { name: "Lamp", code: "L-1" }) { id } }'
    id_ = ask(operator.token(tenant, "ada@records.example"), made)["data"]["productCreate"]["id"]
    more = text.replace("test.print: true,", "test.products: [l-1],")
    changes = [[words[1]], ["test.products:L-1"]]
    assert changes_of(operator.apply(more, "--dry-run", "--json").data, "seller")["specials"] == changes
    assert changes_of(operator.onboard(more), "seller")["specials"] == changes
    assert permitted(operator, tenant, "sue")["specials"][1] == {"key": "test.products", "value": [id_]}
    before = operator.traces(tenant)
    assert operator.onboard(more)["has_work"] is False
    refused = operator.apply(more.replace("[l-1]", "[l-1, l-2]"))
    assert refused.code == 2
    assert "roles.1.specials.test.products: there is no product with the code 'l-2'" in refused.err
    assert operator.traces(tenant) == before


NUMBER = "a whole number from 0 to 2,147,483,647 is needed here"
MISTAKES = {
    "an unknown one": ("customer.limits: 1", "no special permission 'customer.limits' (did you mean customer.limit? "),
    "a text for a number": ("customer.limit: many", NUMBER),
    "yes for a number": ("customer.limit: true", NUMBER),
    "a number below 0": ("customer.limit: -1", NUMBER),
    "nothing": ("customer.limit: null", "is needed here; leave it out to permit nothing"),
    "a number for yes": ("test.print: 1", "test.print: true or false is needed here"),
    "a word for codes": ("test.departments: head", "test.departments: a list of codes is needed here"),
    "numbers for codes": ("test.departments: [1]", "test.departments: a list of codes is needed here"),
    "an unknown code": ("test.departments: [x]", "test.departments: there is no department with the code 'x'"),
    "what has no code": ("test.rules: [x]", "test.rules: a number rule has no code: grant this in the API"),
}


@pytest.mark.parametrize(("text", "told"), MISTAKES.values(), ids=MISTAKES)
@pytest.mark.parametrize("where", ["roles.1", "people.1"])
def test_a_mistake_is_told_with_its_place(operator: Operator, declared: None, where: str, text: str, told: str) -> None:
    before = "customer.limit: 20" if where == "roles.1" else "customer.limit: 30"
    said = operator.apply(FILE.replace(before, text), "--create")
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith("saas: org.yaml, line ")
    assert f"{where}.specials.{text.split(':')[0]}: " in said.err
    assert told in said.err
