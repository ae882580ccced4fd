"""Search in lists: Chinese with two characters, by pinyin, folded, several words; and nothing that is hidden."""

from typing import Any

import pytest

from saas.engine.access.tables import Access, Relation, RowScope
from saas.modules.customers.contact import Contact
from saas.modules.customers.customer import Customer
from saas.modules.organisation.rights import Grants
from tests.engine.people import hire
from tests.world import Person, World, limits, rights

LIST = """
query($text: String, $filter: CustomerFilter, $order: [CustomerOrderBy!], $first: Int, $after: String) {
  customers(search: $text, filter: $filter, orderBy: $order, first: $first, after: $after) {
    nodes { name } pageInfo { hasNextPage endCursor } totalCount { value exact }
  }
}
"""
NAMES = ("北京远景科技有限公司", "京东世纪", "东京贸易 10", "东京贸易 2", "Café Müller", "H&M", "BJ Motors", "长沙银行")


@pytest.fixture(scope="module")
def customers(world: World) -> None:
    for number, name in enumerate(NAMES):
        more: dict[str, Any] = {"code": f"S-{number:03}", "language": ("Köln", "Bonn")[number % 2]}
        if name == "Café Müller":
            more |= {"phone": "+49 (221) 555-0199", "email": "Info@Cafe-Mueller.example", "website": "cafe.example"}
        world.garage.make(Customer, name=name, **more)


def found(person: Person, text: str, **arguments: Any) -> list[str]:
    answer = person.ask(LIST, text=text, **arguments)["customers"]
    names = [node["name"] for node in answer["nodes"]]
    if "first" not in arguments:
        assert answer["totalCount"] == {"value": len(names), "exact": True}
    return names


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("京东", ["京东世纪"]),
        ("东京", ["东京贸易 2", "东京贸易 10"]),
        ("北京科技", []),
        ("北京 科技", ["北京远景科技有限公司"]),
        ("京", ["京东世纪"]),
        ("beijing", ["北京远景科技有限公司"]),
        ("Changsha", ["长沙银行"]),
        ("csyh", ["长沙银行"]),
        ("bj", ["北京远景科技有限公司", "BJ Motors"]),
        ("bjyj", ["北京远景科技有限公司"]),
        ("ＭＵＬＬＥＲ", ["Café Müller"]),
        ("üll", ["Café Müller"]),
        ("mu", []),
        ("h&m", ["H&M"]),
        ("muller café", ["Café Müller"]),
        ("muller cafeteria", []),
        ("s-004", ["Café Müller"]),
        ("东京 S-003", ["东京贸易 2"]),
        ("info@cafe-mueller.example", ["Café Müller"]),
        ("cafe.example", ["Café Müller"]),
        ("5550199", ["Café Müller"]),
        ("0221 555", []),
        ("221 555 0199", ["Café Müller"]),
        ("221-5550", ["Café Müller"]),
        ("100%", []),
        ("m_ller", []),
    ],
)
def test_what_is_found(world: World, customers: None, text: str, expected: list[str]) -> None:
    assert found(world.garage.ada, text, filter={"code": {"startsWith": "S-"}}) == expected


def test_it_combines_with_filter_order_and_pages(world: World, customers: None) -> None:
    ada = world.garage.ada
    assert found(ada, "东京", filter={"language": {"eq": "bonn"}}) == ["东京贸易 2"]
    assert found(ada, "东京", order=[{"code": "ASC"}]) == ["东京贸易 10", "东京贸易 2"]
    first = ada.ask(LIST, text="东京", first=1)["customers"]
    assert (first["nodes"], first["totalCount"]["value"]) == ([{"name": "东京贸易 2"}], 2)
    assert first["pageInfo"]["hasNextPage"] is True
    second = ada.ask(LIST, text="东京", first=1, after=first["pageInfo"]["endCursor"])["customers"]
    assert (second["nodes"], second["pageInfo"]["hasNextPage"]) == ([{"name": "东京贸易 10"}], False)


def test_without_a_text_it_is_the_list(world: World, customers: None) -> None:
    names = {node["name"] for node in world.garage.ada.ask(LIST, text=None)["customers"]["nodes"]}
    assert names >= set(NAMES)


@pytest.mark.parametrize("text", ["", " ", "a", "-"])
def test_what_is_too_short_is_refused_with_a_remedy(world: World, text: str) -> None:
    (error,) = world.garage.ada.errors(LIST, text=text)
    assert error["extensions"]["code"] == "BAD_INPUT"
    assert error["extensions"]["path"] == ["search"]
    assert "two letters" in error["extensions"]["remedy"]


def test_the_trash_is_searched_too(world: World) -> None:
    ada = world.garage.ada
    id_ = world.garage.make(Customer, name="废纸篓公司")
    ada.ask("mutation($id: ID!) { customerDelete(id: $id) { id } }", id=str(id_))
    assert found(ada, "废纸") == []
    assert ada.ask('{ customers(search: "废纸", trash: ONLY) { nodes { name } } }') == {
        "customers": {"nodes": [{"name": "废纸篓公司"}]}
    }


def test_it_follows_a_change(world: World) -> None:
    ada = world.garage.ada
    id_ = str(world.garage.make(Customer, name="旧名公司"))
    update = "mutation($id: ID!, $input: CustomerUpdateInput!) { customerUpdate(id: $id, input: $input) { id } }"
    ada.ask(update, id=id_, input={"name": "新称公司", "phone": "+86 (755) 8613-1234"})
    assert (found(ada, "旧名"), found(ada, "新称"), found(ada, "86131234")) == ([], ["新称公司"], ["新称公司"])
    ada.ask(update, id=id_, input={"phone": None})
    assert (found(ada, "86131234"), found(ada, "xcgs")) == ([], ["新称公司"])


def test_a_record_from_before_is_put_right_by_its_next_write(world: World) -> None:
    ada = world.garage.ada
    id_ = str(world.garage.make(Customer, name="前朝公司"))
    world.sql(
        world.garage,
        "UPDATE customer SET name_sort = '', name_sound = NULL, search_grams = '{}' WHERE id = %s",
        id_,
    )
    assert found(ada, "前朝") == []
    update = 'mutation($id: ID!) { customerUpdate(id: $id, input: { language: "Bonn" }) { id } }'
    ada.ask(update, id=id_)
    assert found(ada, "前朝") == found(ada, "qianchao") == ["前朝公司"]
    assert world.sql(world.garage, "SELECT name_sort FROM customer WHERE id = %s", id_) == [
        ("qian 前 chao 朝 gong 公 si 司",)
    ]


SECRETS = ("0891 6633", "08916633", "7766-12", "secret.keeper@hidden.example", "keeper", "hidden example")


def test_a_hidden_field_is_not_found(world: World) -> None:
    """Vera sees no contact details: whatever she tries, the list says what it says without them."""
    secret = {"phone": "+49 0891 6633", "email": "secret.keeper@hidden.example"}
    customer = world.garage.make(Customer, name="Verschlossen", **secret)
    world.garage.make(Contact, name="Stumm", customer_id=customer, mobile="+49 7766-12345", **secret)
    contacts = "query($text: String!) { contacts(search: $text) { nodes { name } totalCount { value } } }"
    nothing = {"contacts": {"nodes": [], "totalCount": {"value": 0}}}
    for text in SECRETS:
        assert found(world.garage.vera, text) == []
        assert world.garage.vera.ask(contacts, text=text) == nothing
        assert world.garage.vera.ask(contacts, text=f"stumm {text}") == nothing
        assert world.garage.ada.ask(contacts, text=text) != nothing
    assert found(world.garage.vera, "verschlossen") == ["Verschlossen"]


def test_a_field_is_found_where_it_is_seen_and_only_there(world: World) -> None:
    """Who sees contact details of their own customers only finds them only there, digit by digit."""
    hidden = limits("customer", "contact", Access.HIDDEN, Relation.SUPERIOR, Relation.SAME_DEPARTMENT, Relation.OTHERS)
    reader = hire(world.garage, "searcher", Grants(rights(RowScope.ALL, "customer", operations=("read",)), hidden))
    world.garage.make(Customer, name="Mine", owner_id=reader.id, phone="+49 1999 4711")
    world.garage.make(Customer, name="Theirs", owner_id=world.garage.sam.id, phone="+49 1999 4712")
    assert found(world.garage.ada, "1999 47") == ["Mine", "Theirs"]
    assert found(reader, "1999 47") == ["Mine"]
    assert found(reader, "theirs") == ["Theirs"]
    for digit in "0123456789":
        assert found(reader, f"theirs 1999471{digit}") == []
        assert found(reader, f"mine 1999471{digit}") == (["Mine"] if digit == "1" else [])


def test_only_records_in_sight_are_found(world: World) -> None:
    world.garage.make(Customer, name="Unsichtbar GmbH", owner_id=world.garage.sue.id)
    assert found(world.garage.sam, "unsichtbar") == []
    assert found(world.garage.sue, "unsichtbar") == ["Unsichtbar GmbH"]
    assert found(world.garage.mona, "unsichtbar") == ["Unsichtbar GmbH"]
    (error,) = world.garage.nick.errors(LIST, text="unsichtbar")
    assert error["extensions"]["code"] == "FORBIDDEN"


def test_people_are_found_by_their_surname(world: World) -> None:
    customer = world.garage.make(Customer, name="Keller")
    world.garage.make(Contact, name="曾国藩", customer_id=customer)
    world.garage.make(Contact, name="单雄信", customer_id=customer)
    query = "query($text: String!) { contacts(search: $text) { nodes { name } } }"
    for text in ("zengguofan", "cengguofan", "zgf", "cgf", "曾", "国藩"):
        assert world.garage.ada.ask(query, text=text)["contacts"]["nodes"] == [{"name": "曾国藩"}], text
    of_customer = "query($id: ID!) { contacts(filter: { customer: { id: { eq: $id } } }) { nodes { name } } }"
    contacts = world.garage.ada.ask(of_customer, id=str(customer))["contacts"]["nodes"]
    assert [contact["name"] for contact in contacts] == ["单雄信", "曾国藩"]


def test_names_stand_where_people_look_for_them(world: World) -> None:
    expected = ["阿里", "北京", "Bertha", "重庆", "Order 2", "Order 10", "Zeta"]
    for name in sorted(expected):
        world.garage.make(Customer, name=name, language="Sorted")
    only = {"language": {"eq": "sorted"}}
    for order, names in ((None, expected), ([{"name": "DESC"}], expected[::-1])):
        seen: list[str] = []
        after = None
        for _ in expected:
            page = world.garage.ada.ask(LIST, filter=only, order=order, first=1, after=after)["customers"]
            seen += [node["name"] for node in page["nodes"]]
            after = page["pageInfo"]["endCursor"]
        assert seen == names


def test_groups_and_figures_are_those_of_what_is_found(world: World, customers: None) -> None:
    query = """{
      customerGroups(by: [{ language: VALUE }], search: "东京") { nodes { keys { language } count } }
      customers(search: "东京") { aggregate { count } }
    }"""
    assert world.garage.ada.ask(query) == {
        "customerGroups": {
            "nodes": [{"keys": {"language": "Bonn"}, "count": 1}, {"keys": {"language": "Köln"}, "count": 1}]
        },
        "customers": {"aggregate": {"count": 2}},
    }


def test_groups_stand_in_the_order_of_their_sound_and_what_is_searched_is_counted(world: World) -> None:
    """Li, Wang, Zhang; by characters it would be Zhang, Li, Wang."""
    for name in ("张伟工厂", "李娜工厂", "王芳工厂", "李娜工厂", "Xu 商店"):
        world.garage.make(Customer, name=name, language="sound")
    query = """query($way: OrderDirection!, $first: Int, $after: String) {
      x: customerGroups(
        by: [{ name: VALUE }], filter: { language: { eq: "sound" } }, search: "工厂"
        orderBy: [{ keys: { name: $way } }], first: $first, after: $after
      ) { nodes { count keys { name } } pageInfo { endCursor } totalCount { value } }
    }"""
    expected = [("李娜工厂", 2), ("王芳工厂", 1), ("张伟工厂", 1)]
    for way, wanted in (("ASC", expected), ("DESC", expected[::-1])):
        whole = world.garage.ada.ask(query, way=way)["x"]
        assert [(node["keys"]["name"], node["count"]) for node in whole["nodes"]] == wanted
        assert whole["totalCount"]["value"] == 3
        first = world.garage.ada.ask(query, way=way, first=1)["x"]
        rest = world.garage.ada.ask(query, way=way, first=5, after=first["pageInfo"]["endCursor"])["x"]
        assert first["nodes"] + rest["nodes"] == whole["nodes"]
