"""Entries as the choices of a field: written and filtered by code, read with a label, hidden like any value."""

import itertools
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import pytest

from saas.engine.access.tables import Access, Relation, RowScope
from saas.engine.registry import object_of
from saas.modules.customers.customer import Customer
from saas.modules.masters.dictionary import DictionaryEntry
from saas.modules.organisation.rights import Grants
from tests.contracts.factory import write
from tests.contracts.statements import counted
from tests.engine.people import hire
from tests.tenants.place import field_by_field
from tests.world import World, limits, rights

KNOWN = "web, phone, referral, fair, advertisement, other"
CHOICE = "{ id code label rank }"
_numbers = itertools.count(1)


def dictionary(world: World) -> UUID:
    ((id_,),) = world.sql(world.garage, "SELECT id FROM dictionary WHERE code = 'customer_source'")
    assert isinstance(id_, UUID)
    return id_


def entry(world: World, **values: Any) -> tuple[str, UUID]:
    """One more source: its code and its id."""
    code = f"z{next(_numbers)}"
    values = {"label": code.upper(), "rank": 1000, **values}
    return code, world.garage.make(DictionaryEntry, dictionary_id=dictionary(world), code=code, **values)


def change(world: World, id_: UUID, **values: Any) -> None:
    changed = write(world.garage.ada, object_of(DictionaryEntry), "Update", id=str(id_), input=values)
    assert changed["problems"] == []


def source_of(world: World, id_: UUID) -> Any:
    query = f"query($id: ID!) {{ customer(id: $id) {{ source {CHOICE} }} }}"
    return world.garage.ada.ask(query, id=str(id_))["customer"]["source"]


@dataclass(frozen=True)
class Four:
    """Customers in a language of their own: A came from a fair, B by phone, C by a web page; of D nobody knows."""

    world: World
    language: str

    def make(self, name: str, **values: Any) -> UUID:
        return self.world.garage.make(Customer, name=name, language=self.language, **values)

    def found(self, filter_: str = "{}", order: str = "{ name: ASC }", who: str = "ada", **page: Any) -> Any:
        query = f"""
            query($language: String!, $first: Int, $after: String) {{
              customers(
                filter: {{ language: {{ eq: $language }}, and: [{filter_}] }}
                orderBy: [{order}], first: $first, after: $after
              ) {{ nodes {{ name paymentTerms {{ code }} }} pageInfo {{ hasNextPage endCursor }} }}
            }}"""
        return self.world.garage.people[who].ask(query, language=self.language, **page)["customers"]

    def names(self, filter_: str = "{}", order: str = "{ name: ASC }", who: str = "ada") -> str:
        return "".join(node["name"] for node in self.found(filter_, order, who)["nodes"])


@pytest.fixture
def four(world: World) -> Four:
    found = Four(world, f"City {next(_numbers)}")
    for name, source in (("A", "fair"), ("B", "phone"), ("C", "web"), ("D", None)):
        found.make(name, source=source)
    return found


def test_a_choice_is_read_with_its_label(world: World) -> None:
    code, entry_id = entry(world, label="Radio", rank=40)
    id_ = world.garage.make(Customer, source=code)
    assert source_of(world, id_) == {"id": str(entry_id), "code": code, "label": "Radio", "rank": 40}
    change(world, entry_id, label="Broadcast", rank=5000)
    assert source_of(world, id_) == {"id": str(entry_id), "code": code, "label": "Broadcast", "rank": 5000}
    assert source_of(world, world.garage.make(Customer)) is None


def test_who_may_not_read_dictionaries_still_reads_what_is_chosen(world: World) -> None:
    id_ = str(world.garage.make(Customer, source="fair", owner_id=world.garage.sam.id))
    found = world.garage.sam.ask("query($id: ID!) { customer(id: $id) { source { label } } }", id=id_)
    assert found["customer"]["source"] == {"label": "Trade fair"}
    (error,) = world.garage.sam.errors("{ dictionaryEntries { nodes { label } } }")
    assert error["extensions"]["code"] == "FORBIDDEN"


def test_an_unknown_code_is_refused_with_those_there_are(world: World) -> None:
    one = object_of(Customer)
    for given in ("pigeon", "WEB"):
        (problem,) = write(world.garage.ada, one, "Create", input={"name": "X", "source": given})["problems"]
        assert (problem["code"], problem["path"]) == ("BAD_INPUT", ["source"])
        message = f"Source: {given!r} cannot be chosen from the dictionary customer_source. Choose one of: {KNOWN}"
        assert problem["message"].startswith(message)
    id_ = str(world.garage.make(Customer, source="web"))
    (problem,) = write(world.garage.ada, one, "Update", id=id_, input={"source": "net_30"})["problems"]
    assert (problem["code"], problem["path"]) == ("BAD_INPUT", ["source"])


def test_an_inactive_choice_stays_where_it_is_and_is_not_chosen_again(world: World) -> None:
    one, ada = object_of(Customer), world.garage.ada
    code, entry_id = entry(world, rank=1)
    id_ = str(world.garage.make(Customer, source=code))
    change(world, entry_id, isActive=False)
    kept = write(ada, one, "Update", id=id_, input={"source": code, "language": "Berlin"})
    assert (kept["problems"], kept["record"]["source"]["label"]) == ([], code.upper())
    (problem,) = write(ada, one, "Create", input={"name": "X", "source": code})["problems"]
    assert f"Choose one of: {KNOWN}" in problem["message"]
    assert write(ada, one, "Update", id=id_, input={"source": None})["problems"] == []
    (problem,) = write(ada, one, "Update", id=id_, input={"source": code})["problems"]
    assert problem["code"] == "BAD_INPUT"


def test_an_entry_in_use_is_deactivated_not_deleted(world: World) -> None:
    one = object_of(DictionaryEntry)
    (code, entry_id), (_, unused) = entry(world), entry(world)
    customer = str(world.garage.make(Customer, source=code))
    assert write(world.garage.ada, object_of(Customer), "Delete", id=customer)["problems"] == []
    (problem,) = write(world.garage.ada, one, "Delete", id=str(entry_id))["problems"]
    told = (problem["code"], problem["path"], problem["message"])
    message = f"1 record has the choice {code.upper()}. Deactivate it: it stays where it is."
    assert told == ("RULE_BROKEN", ["isActive"], message)
    assert write(world.garage.ada, one, "Delete", id=str(unused))["problems"] == []


@pytest.mark.parametrize(
    ("filter_", "names"),
    [
        ('{ source: { eq: "fair" } }', "A"),
        ('{ source: { ne: "fair" } }', "BC"),
        ('{ source: { in: ["fair", "web", "pigeon"] } }', "AC"),
        ('{ source: { notIn: ["fair", "web"] } }', "B"),
        ("{ source: { isNull: true } }", "D"),
        ("{ source: { isNull: false } }", "ABC"),
        ('{ not: { source: { eq: "fair" } } }', "BC"),
    ],
)
def test_choices_filter_by_code(four: Four, filter_: str, names: str) -> None:
    assert four.names(filter_) == names


@pytest.mark.parametrize(
    ("order", "names"),
    [
        ("{ source: ASC }", "CBAD"),
        ("{ source: DESC }", "ABCD"),
        ("{ source: ASC_NULLS_FIRST }", "DCBA"),
        ("{ source: DESC_NULLS_FIRST }", "DABC"),
    ],
)
def test_choices_order_by_rank_and_page_along_it(four: Four, order: str, names: str) -> None:
    assert four.names("{}", order) == names
    after, found, page = None, "", {}
    for _ in names:
        page = four.found("{}", order, first=1, after=after)
        found, after = found + page["nodes"][0]["name"], page["pageInfo"]["endCursor"]
    assert (found, page["pageInfo"]["hasNextPage"]) == (names, False)


def test_choices_of_one_rank_order_by_code(four: Four) -> None:
    for name, rank in (("Y", 5000), ("X", 5000), ("Z", None)):
        four.make(name, source=entry(four.world, rank=rank)[0])
    assert four.names("{}", "{ source: ASC }") == "CBAYXZD"


def test_choices_order_through_a_reference(four: Four) -> None:
    for name, source in (("x", "fair"), ("y", "web")):
        four.make(name, parent_id=four.world.garage.make(Customer, source=source))
    assert four.names("{ parent: { isNull: false } }", "{ parent: { source: ASC } }") == "yx"
    assert four.names('{ parent: { source: { eq: "web" } } }') == "y"


def test_records_are_grouped_by_what_is_chosen(four: Four) -> None:
    four.make("E", source="web")
    query = """
        query($language: String!) {
          customerGroups(by: [{ source: VALUE }], filter: { language: { eq: $language } }, orderBy: [{ count: DESC }]) {
            nodes { keys { source { id code label rank } } count }
          }
        }"""
    found = four.world.garage.ada.ask(query, language=four.language)["customerGroups"]["nodes"]
    statement = "SELECT code, id::text FROM dictionary_entry WHERE dictionary_id = %s"
    ids = dict(four.world.sql(four.world.garage, statement, dictionary(four.world)))
    assert [(node["keys"]["source"], node["count"]) for node in found] == [
        ({"id": ids["web"], "code": "web", "label": "Web", "rank": 10}, 2),
        ({"id": ids["phone"], "code": "phone", "label": "Phone", "rank": 20}, 1),
        ({"id": ids["fair"], "code": "fair", "label": "Trade fair", "rank": 40}, 1),
        (None, 1),
    ]


def test_groups_are_ordered_by_the_rank_of_what_is_chosen(four: Four) -> None:
    query = """
        query($language: String!, $after: String) {
          x: customerGroups(
            by: [{ source: VALUE }], filter: { language: { eq: $language } }, orderBy: [{ keys: { source: DESC } }]
            first: 1, after: $after
          ) { nodes { keys { source { code } } } pageInfo { hasNextPage endCursor } }
        }"""
    found: list[Any] = []
    page: dict[str, Any] = {"pageInfo": {"hasNextPage": True, "endCursor": None}}
    while page["pageInfo"]["hasNextPage"]:
        page = four.world.garage.ada.ask(query, language=four.language, after=page["pageInfo"]["endCursor"])["x"]
        found += [node["keys"]["source"] for node in page["nodes"]]
    assert found == [{"code": "fair"}, {"code": "phone"}, {"code": "web"}, None]


def test_a_hidden_choice_behaves_as_null(four: Four) -> None:
    """Of customers of others otto sees no finances: there the terms are as good as none."""
    garage = four.world.garage
    limited = limits("customer", "finance", Access.HIDDEN, Relation.SUPERIOR, Relation.SAME_DEPARTMENT, Relation.OTHERS)
    otto = hire(garage, f"otto{next(_numbers)}", Grants(rights(RowScope.ALL, "customer"), limited))
    for name, terms, owner in (("K", "net_60", otto), ("L", "net_30", otto), ("M", "prepaid", garage.sue)):
        four.make(name, payment_terms=terms, owner_id=owner.id)
    as_otto = replace(four, world=replace(four.world, garage=replace(garage, people={"otto": otto})))
    assert four.names("{}", "{ paymentTerms: ASC }") == "MLKABCD"
    assert as_otto.names("{}", "{ paymentTerms: ASC }", "otto") == "LKABCDM"
    assert as_otto.names("{ paymentTerms: { isNull: true } }", who="otto") == "ABCDM"
    assert as_otto.names('{ paymentTerms: { in: ["prepaid", "net_30"] } }', who="otto") == "L"
    read = {node["name"]: node["paymentTerms"] for node in as_otto.found(who="otto")["nodes"]}
    assert read == {**dict.fromkeys("ABCDM"), "K": {"code": "net_60"}, "L": {"code": "net_30"}}


def test_a_choice_hidden_on_all_records_neither_filters_nor_orders(world: World) -> None:
    for arguments in ("orderBy: [{ paymentTerms: ASC }]", 'filter: { paymentTerms: { eq: "net_30" } }'):
        (error,) = world.garage.vera.errors(f"{{ customers({arguments}) {{ nodes {{ id }} }} }}")
        assert error["extensions"]["code"] == "FORBIDDEN"


def test_choices_cost_one_statement_for_any_number_of_fields_and_records(world: World) -> None:
    for number in range(10):
        world.garage.make(Customer, source=("web", "fair")[number % 2], payment_terms="net_30")
    plain = "{ customers { nodes { name } } }"
    chosen = "{ customers { nodes { name source { label } paymentTerms { label } } } }"
    with field_by_field():
        world.garage.ada.ask(plain)  # whatever is prepared once is prepared now
        with counted() as without:
            world.garage.ada.ask(plain)
        with counted() as with_choices:
            assert len(world.garage.ada.ask(chosen)["customers"]["nodes"]) >= 10
    assert len(with_choices) == len(without) + 1
