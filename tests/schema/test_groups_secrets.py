"""No group, figure, condition, order or cursor tells what is hidden or out of sight; and what groups refuse."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from saas.engine.access.tables import Access, Relation, RowScope
from saas.kit import clock
from saas.modules.customers.customer import Customer
from saas.modules.organisation.employee import Employee
from saas.modules.organisation.rights import Grants
from tests.contracts.statements import counted
from tests.engine.people import hire
from tests.tenants.place import field_by_field
from tests.world import Person, World, limits, rights

OTHERS = (Relation.SUPERIOR, Relation.SAME_DEPARTMENT, Relation.OTHERS)
READ = ("read",)


@pytest.fixture(scope="module")
def eve(world: World) -> Person:
    """Sees all customers, finances of her own only; of employees only herself."""
    grants = Grants(
        rights(RowScope.ALL, "customer", operations=READ) | rights(RowScope.OWN, "employee", operations=READ),
        limits("customer", "finance", Access.HIDDEN, *OTHERS) | limits("customer", "contact", Access.HIDDEN),
    )
    return hire(world.garage, "eve", grants)


@pytest.fixture(scope="module")
def theirs(world: World, eve: Person) -> list[str]:
    """Customers of sam and sue, whose money Eve may not see, and of sam and sue nothing but their names."""
    make, garage = world.garage.make, world.garage
    for i in (1, 2):
        make(Customer, name=f"eve's {i}", owner_id=eve.id, credit_limit=Decimal(100 * i), website="Steel")
    return [
        str(
            make(
                Customer,
                name=f"c{i}",
                owner_id=owner.id,
                credit_limit=Decimal(1000 * i),
                phone="+49 1234567",
                website="Toys",
            )
        )
        for i, owner in enumerate((garage.sam, garage.sue, garage.sam))
    ]


def _attempts() -> list[str]:
    """All ways in which a credit limit, or more of the owner of a record than the name, could be told."""
    money, owner = '{ creditLimit: { step: "10" } }', "{ owner: { email: VALUE } }"
    by = (
        money,
        owner,
        "{ owner: { department: { name: VALUE } } }",
        "{ website: VALUE }",
        f"{money}, {owner}, {{ id: VALUE }}",
    )
    figures = ("sum", "avg", "min", "max", "count", "countDistinct")
    having = [
        f"creditLimit: {{ {figure}: {{ {op} }} }}" for figure in figures for op in ("gt: 500", "isNull: true", "eq: 1")
    ]
    having += ["owner: { countDistinct: { gt: 1 } }", "not: { creditLimit: { sum: { gt: 500 } } }", "count: { gt: 1 }"]
    orders = [*(f"{{ creditLimit: {{ {figure}: ASC }} }}" for figure in figures), "{ owner: { countDistinct: DESC } }"]
    arguments = [f"by: [{each}]" for each in by]
    arguments += [f"by: [{each}], having: {{ {condition} }}" for each in by[3:4] for condition in having]
    arguments += [f"by: [{each}], orderBy: [{order}]" for each in by[2:4] for order in orders]
    arguments += [
        "by: [{ id: VALUE }], orderBy: [{ keys: { creditLimit: DESC } }]",
        f"by: [{owner}], orderBy: [{{ keys: {{ owner: {{ email: ASC }} }} }}]",
    ]
    selected = (
        "edges { cursor node { count keys { id website creditLimit { amount } owner { email department { name } } } "
        "aggregate { creditLimit { sum { amount } avg { amount } min { amount } max { amount } count countDistinct } "
        "owner { count countDistinct } } } } totalCount { value }"
    )
    return [f"customerGroups({each}) {{ {selected} }}" for each in arguments] + [
        "customers { aggregate { creditLimit { sum { amount } avg { amount } count countDistinct } owner { count } } }"
    ]


def _answers(person: Person, *, every: int = 1) -> list[Any]:
    fields = [f"f{i}: {each}" for i, each in enumerate(_attempts()[::every])]
    found: list[Any] = []
    for start in range(0, len(fields), 15):
        found += person.ask("{ " + " ".join(fields[start : start + 15]) + " }").values()
    return found


def test_what_she_may_not_see_changes_none_of_her_answers(world: World, eve: Person, theirs: list[str]) -> None:
    """To the last byte, cursors included, while everything changes for those who see it."""
    hers, all_of_it = _answers(eve), _answers(world.garage.ada, every=5)
    for id_, limit in zip(theirs, ("7", None, "31415"), strict=True):
        update = "UPDATE customer SET credit_limit = %s, credit_limit_base = %s WHERE id = %s"
        amount = limit and Decimal(limit)
        world.sql(world.garage, update, amount, amount, id_)
    for name, email in (("sam", None), ("sue", "zoe@garage.test")):
        update = "UPDATE employee SET email = %s, email_folded = %s, department_id = %s WHERE id = %s"
        moved = email, email, world.garage.departments["service"], world.garage.people[name].id
        world.sql(world.garage, update, *moved)
    assert _answers(eve) == hers
    changed = _answers(world.garage.ada, every=5)
    assert sum(before != after for before, after in zip(all_of_it, changed, strict=True)) > len(changed) // 2


def test_a_record_out_of_sight_changes_nothing_either(world: World) -> None:
    before = _answers(world.garage.sam, every=2)
    world.garage.make(Customer, name="new", owner_id=world.garage.sue.id, credit_limit=Decimal(5), website="Gold")
    assert _answers(world.garage.sam, every=2) == before


def test_hidden_values_are_one_group_with_the_missing_ones(world: World, eve: Person, theirs: list[str]) -> None:
    world.garage.make(Customer, name="eve's poor", owner_id=eve.id)
    by = '{ creditLimit: { step: "1" } }'
    query = f"{{ x: customerGroups(by: [{by}]) {{ nodes {{ count keys {{ creditLimit {{ amount }} }} }} }} }}"
    nodes = eve.ask(query)["x"]["nodes"]
    total = eve.ask("{ customers { aggregate { count } } }")["customers"]["aggregate"]["count"]
    assert nodes[0] == {"count": total - 2, "keys": {"creditLimit": None}}
    assert [node["keys"]["creditLimit"]["amount"] for node in nodes[1:]] == ["100", "200"]


@pytest.mark.parametrize(
    "arguments",
    [
        "by: [{ phone: VALUE }]",
        "by: [{ parent: { phone: VALUE } }]",
        "by: [{ website: VALUE }], having: { phone: { count: { gt: 1 } } }",
        "by: [{ website: VALUE }], having: { not: { or: [{ phone: { countDistinct: { isNull: true } } }] } }",
        "by: [{ website: VALUE }], orderBy: [{ phone: { countDistinct: DESC } }]",
        'by: [{ website: VALUE }], filter: { phone: { eq: "1" } }',
    ],
)
@pytest.mark.parametrize("selected", ["nodes { count }", "pageInfo { hasNextPage }", "totalCount { value }"])
def test_what_is_hidden_on_every_record_is_refused(eve: Person, arguments: str, selected: str) -> None:
    (error,) = eve.errors(f"{{ customerGroups({arguments}) {{ {selected} }} }}")
    assert error["extensions"]["code"] == "FORBIDDEN"
    assert error["message"] == "customer.phone is hidden from you, so it cannot filter, order or group."


def test_but_its_figures_are_null_where_they_are_only_shown(eve: Person, theirs: list[str]) -> None:
    query = """{
      customers { aggregate { phone { count } creditLimit { count } } }
      customerGroups(by: [{ website: VALUE }], filter: { website: { eq: "toys" } }) {
        nodes { aggregate { count phone { count countDistinct } email { __typename } } }
      }
    }"""
    answer = eve.ask(query)
    assert answer["customers"]["aggregate"]["phone"] is None
    assert answer["customerGroups"]["nodes"] == [{"aggregate": {"count": 3, "phone": None, "email": None}}]


def test_a_masked_value_is_shown_in_no_group(world: World) -> None:
    """Of a phone that she sees the mask of there is neither a group nor a figure, only the mask in the record."""
    allowed = rights(RowScope.ALL, "customer", operations=READ)
    cara = hire(world.garage, "cara", Grants(allowed, limits("customer", "contact", Access.MASKED, *OTHERS)))
    for owner, phone in ((cara, "+49 30 1234567"), (world.garage.sam, "+49 30 7654321"), (world.garage.sue, None)):
        world.garage.make(Customer, name="masks", language="masks", owner_id=owner.id, phone=phone)
    query = """{
      customers(filter: { language: { eq: "masks" } }) { nodes { phone } aggregate { phone { count countDistinct } } }
      customerGroups(by: [{ phone: VALUE }], filter: { language: { eq: "masks" } }) { nodes { count keys { phone } } }
    }"""
    answer = cara.ask(query)
    phones = {node["phone"] for node in answer["customers"]["nodes"]}
    assert len(phones) == 3
    assert {None, "+49 30 1234567"} < phones
    assert answer["customers"]["aggregate"] == {"phone": {"count": 1, "countDistinct": 1}}
    assert answer["customerGroups"]["nodes"] == [
        {"count": 2, "keys": {"phone": None}},
        {"count": 1, "keys": {"phone": "+49 30 1234567"}},
    ]


def test_the_other_company_has_groups_of_its_own(world: World, theirs: list[str]) -> None:
    world.rival.make(Customer, name="Rival's", website="Toys")
    query = "{ customerGroups(by: [{ website: VALUE }]) { nodes { count keys { website } } totalCount { value } } }"
    assert world.rival.rita.ask(query)["customerGroups"] == {
        "nodes": [{"count": 1, "keys": {"website": "Toys"}}],
        "totalCount": {"value": 1},
    }


def test_a_cursor_of_another_person_grouping_or_order_is_refused(world: World, theirs: list[str]) -> None:
    query = "query($after: String) {{ x: customerGroups({}, after: $after) {{ edges {{ cursor }} }} }}"
    given = "by: [{ website: VALUE }, { createdAt: MONTH }]"
    cursor = world.garage.ada.ask(query.format(given))["x"]["edges"][0]["cursor"]
    world.garage.ada.ask(query.format(given), after=cursor)
    others = [
        (world.garage.mona, given),
        (world.rival.rita, given),
        (world.garage.ada, "by: [{ createdAt: MONTH }, { website: VALUE }]"),
        (world.garage.ada, "by: [{ website: VALUE }, { createdAt: YEAR }]"),
        (world.garage.ada, f"{given}, orderBy: [{{ count: ASC }}]"),
    ]
    for person, arguments in others:
        (error,) = person.errors(query.format(arguments), after=cursor)
        assert error["extensions"]["code"] == "BAD_INPUT", arguments


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("by: []", "Group by one to 4 keys, not 0."),
        (
            "by: [{ website: VALUE }, { language: VALUE }, { kind: VALUE }, { name: VALUE }, { code: VALUE }]",
            "Group by one to 4 keys, not 5.",
        ),
        (
            f"by: [{'{ parent: ' * 6}{{ kind: VALUE }}{' }' * 6}]",
            "A key of groups lies behind at most 5 references.",
        ),
        ("by: [{ createdAt: YEAR }, { createdAt: MONTH }]", "The groups are by createdAt twice."),
        ("by: [{ foundedYear: { step: 0 } }]", "The step of foundedYear must be more than 0."),
        ("by: [{ parent: { foundedYear: { step: -1 } } }]", "The step of parent.foundedYear must be more than 0."),
        ("by: [{ kind: VALUE }], first: 501", "first must be between 0 and 500, not 501."),
        ("by: [{ kind: VALUE }], having: { count: { gt: null } }", "having.count.gt: null is no operand."),
        ("by: [{ kind: VALUE }], having: { foundedYear: null }", "having.foundedYear: null is no operand."),
        ("by: [{ kind: VALUE }], having: { or: null }", "having.or: null is no operand."),
        (
            f"by: [{{ kind: VALUE }}], having: {{ or: [{', '.join(['{ count: { eq: 1 } }'] * 201)}] }}",
            "having has more than 200 conditions.",
        ),
        (
            f"by: [{{ kind: VALUE }}], orderBy: [{', '.join(['{ count: ASC }'] * 6)}]",
            "An order has at most 5 terms.",
        ),
        (
            "by: [{ kind: VALUE }], orderBy: [{ keys: { parent: { kind: ASC } } }]",
            "The groups are not by parent.kind, so it cannot order them.",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(world: World, arguments: str, message: str) -> None:
    (error,) = world.garage.ada.errors(f"{{ customerGroups({arguments}) {{ nodes {{ count }} }} }}")
    assert (error["extensions"]["code"], error["message"]) == ("BAD_INPUT", message)


def test_a_bucket_is_a_span_on_the_wall_of_the_tenant(world: World) -> None:
    """Berlin: the clock went forward in the night to 31 March 2024 and back in the night to 27 October."""
    moments = {
        "2024-03-30T22:59:59Z": ("2024-03-30", "2024-03-25"),
        "2024-03-30T23:00:00Z": ("2024-03-31", "2024-03-25"),
        "2024-03-31T21:59:59Z": ("2024-03-31", "2024-03-25"),
        "2024-03-31T22:00:00Z": ("2024-04-01", "2024-04-01"),
        "2024-10-26T22:00:00Z": ("2024-10-27", "2024-10-21"),
        "2024-10-27T22:59:59Z": ("2024-10-27", "2024-10-21"),
        "2024-10-27T23:00:00Z": ("2024-10-28", "2024-10-28"),
        "0001-01-01T00:00:00Z": ("0001-01-01", "0001-01-01"),
        "9999-12-31T23:30:00Z": ("9999-12-31", "9999-12-27"),
    }
    for moment in moments:
        with clock.stopped_at(datetime.fromisoformat(moment).replace(tzinfo=UTC)):
            world.garage.make(Customer, name="DST", language="DST", code=moment)
    for place, bucket in enumerate(("DAY", "WEEK")):
        query = (
            f"{{ x: customerGroups(by: [{{ code: VALUE }}, {{ createdAt: {bucket} }}], "
            'filter: { language: { eq: "DST" } }) { nodes { keys { code createdAt } } } }'
        )
        told = {node["keys"]["code"]: node["keys"]["createdAt"] for node in world.garage.ada.ask(query)["x"]["nodes"]}
        assert told == {moment: days[place] for moment, days in moments.items()}


def test_steps_are_exact_below_zero_and_for_the_largest_amounts(world: World) -> None:
    amounts = {"-0.0001": "-3", "-3": "-3", "2.9999": "0", "3": "3", "9999999999999999.9999": "9999999999999999"}
    for amount in amounts:
        world.garage.make(Customer, name="step", language="step", code=amount, credit_limit=Decimal(amount))
    query = (
        '{ x: customerGroups(by: [{ code: VALUE }, { creditLimit: { step: "3" } }], '
        'filter: { language: { eq: "step" } }) '
        "{ nodes { keys { code creditLimit { amount currency baseAmount } } } } "
        'customers(filter: { language: { eq: "step" } }) { aggregate { creditLimit { sum { amount } } } } }'
    )
    answer = world.garage.ada.ask(query)
    told = {node["keys"]["code"]: node["keys"]["creditLimit"] for node in answer["x"]["nodes"]}
    assert told == {code: {"amount": at, "currency": "USD", "baseAmount": at} for code, at in amounts.items()}
    assert answer["customers"]["aggregate"]["creditLimit"]["sum"] == {"amount": "10000000000000002.9997"}


def test_groups_cost_three_statements_however_many_there_are(world: World) -> None:
    """The page, the records of its keys, the number of groups; a list, and all lists below its records, one more."""
    boss = world.garage.make(Employee, name="boss")
    owners = [world.garage.make(Employee, name=f"owner {i}", superior_id=boss) for i in range(12)]
    for owner in owners:
        world.garage.make(Customer, name="many", language="many", owner_id=owner)
    query = """query($first: Int!) {
      customerGroups(by: [{ owner: { id: VALUE } }, { owner: { superior: { name: VALUE } } }], first: $first,
                     filter: { language: { eq: "many" } }, having: { foundedYear: { count: { eq: 0 } } }) {
        nodes { keys { owner { record { name } superior { name } } } aggregate { annualRevenue { sum { amount } } } }
        edges { node { keys { o: owner { record { id version } } } aggregate { owner { countDistinct } } } }
        totalCount { value }
      }
      customers { a: aggregate { count } b: aggregate { creditLimit { sum { amount } } owner { count } } }
      employees(first: $first) { nodes { customers(first: 0) { aggregate { count owner { countDistinct } } } } }
    }"""
    with field_by_field():
        world.garage.ada.ask(query, first=1)
        with counted() as for_one:
            assert len(world.garage.ada.ask(query, first=1)["customerGroups"]["nodes"]) == 1
        with counted() as for_all:
            nodes = world.garage.ada.ask(query, first=100)["customerGroups"]["nodes"]
    assert {node["keys"]["owner"]["record"]["name"] for node in nodes} == {f"owner {i}" for i in range(12)}
    assert {node["keys"]["owner"]["superior"]["name"] for node in nodes} == {"boss"}
    assert len(for_one) == len(for_all) == 3 + 1 + 2
