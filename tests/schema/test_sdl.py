"""The schema as text: fresh, described to the last value, and changed only in ways that break nobody."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLScalarType,
    build_schema,
    is_introspection_type,
    is_specified_scalar_type,
)

from saas.engine.registry import ObjectType, objects
from saas.kit import clock
from saas.schema.build import schema, sdl
from scripts.sdl.evolution import before, breaking, hasty, unlisted

ROOT = Path(__file__).resolve().parents[2]


def test_the_committed_schema_is_fresh() -> None:
    assert (ROOT / "schema.graphql").read_text("utf-8") == sdl(), "Run scripts/schema and read the difference."


def test_the_text_can_be_read_back() -> None:
    assert build_schema(sdl()).type_map.keys() == schema().type_map.keys() | {"ID", "String", "Boolean", "Int"}


def undescribed() -> Iterator[str]:
    """The coordinates of everything without a description."""
    for name, one in schema().type_map.items():
        if is_introspection_type(one) or is_specified_scalar_type(one):
            continue
        if not one.description:
            yield name
        parts: dict[str, str | None] = {}
        if isinstance(one, GraphQLEnumType):
            parts = {value: told.description for value, told in one.values.items()}
        elif isinstance(one, GraphQLInputObjectType):
            parts = {field: told.description for field, told in one.fields.items()}
        elif isinstance(one, GraphQLObjectType | GraphQLInterfaceType):
            parts = {field: told.description for field, told in one.fields.items()}
            for field, told in one.fields.items():
                parts |= {f"{field}({argument}:)": given.description for argument, given in told.args.items()}
        yield from (f"{name}.{part}" for part, description in parts.items() if not description)


def test_every_type_field_argument_and_value_is_described() -> None:
    assert list(undescribed()) == []


def test_every_scalar_of_ours_names_its_specification() -> None:
    ours = [
        one
        for one in schema().type_map.values()
        if isinstance(one, GraphQLScalarType) and not is_specified_scalar_type(one)
    ]
    assert sorted(one.name for one in ours) == ["Currency", "Date", "DateTime", "Decimal", "SpecialValue", "TimeZone"]
    for one in ours:
        assert f'scalar {one.name} @specifiedBy(url: "{one.specified_by_url}")' in sdl()


def test_orders_are_one_of_inputs() -> None:
    orders = [name for name in schema().type_map if name.endswith("OrderBy")]
    assert len(orders) >= 7
    for name in orders:
        assert f"input {name} @oneOf {{" in sdl()


def test_nothing_can_fail_a_whole_list() -> None:
    """Root fields and references are nullable; non-null are id, version, access and plumbing."""
    for root in (schema().query_type, schema().mutation_type):
        assert root
        wrong = [name for name, field in root.fields.items() if str(field.type).endswith("!")]
        assert wrong == []


def test_the_schema_breaks_nobody_who_is_not_told() -> None:
    earlier = before(ROOT, sdl())
    if earlier is None:
        pytest.skip("git knows no earlier schema.graphql here")
    changelog = (ROOT / "CHANGELOG.md").read_text("utf-8")
    assert unlisted(breaking(earlier, sdl()), changelog) == []


OLD = "type Query { customers(first: Int): [Customer!] } type Customer { name: String fax: String }"


@pytest.mark.parametrize(
    ("case", "new", "found"),
    [
        ("a field is added", OLD.replace("fax: String", "fax: String phone: String"), []),
        ("an argument is added", OLD.replace("first: Int", "first: Int, last: Int"), []),
        ("a field is taken away", OLD.replace("fax: String", ""), ["Field Customer.fax was removed."]),
        (
            "a type is changed",
            OLD.replace("fax: String", "fax: Int"),
            ["Field Customer.fax changed type from String to Int."],
        ),
        (
            "an argument is demanded",
            OLD.replace("first: Int", "first: Int!"),
            ["Argument Query.customers(first:) has changed type from Int to Int!."],
        ),
    ],
)
def test_a_breaking_change_is_noticed(case: str, new: str, found: list[str]) -> None:
    changes = breaking(OLD, new)
    assert changes == found, case
    assert unlisted(changes, "# Changes\n") == found
    assert unlisted(changes, "".join(f"- {change} Nobody used it.\n" for change in changes)) == []


IN_A_YEAR = OLD.replace("fax: String", 'fax: String @deprecated(reason: "use phone; removed after 2027-12-31")')


@pytest.mark.parametrize(
    ("case", "earlier", "new", "found"),
    [
        ("a year's notice", OLD, IN_A_YEAR, []),
        (
            "a month's notice",
            OLD,
            IN_A_YEAR.replace("2027-12-31", "2026-12-31"),
            [
                "Customer.fax is deprecated with less than a year's notice: 'use phone; removed after 2026-12-31'.",
            ],
        ),
        ("its last month", IN_A_YEAR.replace("2027", "2026"), IN_A_YEAR.replace("2027", "2026"), []),
        (
            "nothing to use instead",
            OLD,
            OLD.replace("fax: String", "fax: String @deprecated"),
            ["Customer.fax is deprecated without `use X; removed after DATE`: 'No longer supported'."],
        ),
    ],
)
def test_what_goes_away_is_told_a_year_before(case: str, earlier: str, new: str, found: list[str]) -> None:
    assert hasty(earlier, new, date(2026, 11, 22)) == found, case


def test_no_deprecation_of_ours_is_hasty() -> None:
    assert hasty(before(ROOT, sdl()), sdl(), clock.now().date()) == []


@pytest.mark.parametrize("one", objects(), ids=lambda one: one.name)
def test_what_can_be_listed_can_be_subscribed_to(one: ObjectType) -> None:
    root = schema().subscription_type
    assert root
    field = root.fields[f"{one.single}Changed"]
    assert str(field.type) == f"{one.type_name}Change"
    assert list(field.args) == ["id", "filter", "after"]
