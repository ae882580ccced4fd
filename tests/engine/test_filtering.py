"""Filters on values that are hidden on some records: what the engine builds means what the CASE form means."""

import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from saas.engine.access.fields import readable
from saas.engine.access.profile import Limits
from saas.engine.access.tables import Access, Relation, RowScope
from saas.engine.field import Field, Kind
from saas.engine.read.filters import condition
from saas.engine.registry import ObjectType, lists_below, object_of
from saas.engine.scope import Scope, open_scope
from saas.kit.errors import Forbidden
from saas.kit.periods import Period, Unit
from saas.kit.text import camel
from saas.modules.customers.choices import CREDIT_RATING
from saas.modules.customers.contact import Contact
from saas.modules.customers.customer import Customer, CustomerKind
from saas.modules.masters.tag import Tag
from saas.modules.organisation.employee import Employee
from saas.modules.sales.opportunity import Opportunity, OpportunityStage
from tests.engine.case_form import case_form
from tests.world import World

TODAY = date.today()  # noqa: DTZ011  # any day will do; the filters count from today
TEXTS = ("11111", "22222", "1111122222")  # telephone numbers too
DAYS = tuple(TODAY + timedelta(days=days) for days in (-40, -1, 0, 3))
NUMBERS = (1, 2, 3)
ASKED = (Opportunity, Customer, Contact, Employee)
Limited = Mapping[tuple[Relation, str | None], Access]
ROLES = UUID(int=1), UUID(int=2)


class _Pool:
    """Values from a small pool, the same in every run; many are missing."""

    def __init__(self, world: World) -> None:
        self.garage = world.garage
        self.pick = random.Random(7)  # nobody is to be kept from guessing these
        self.departments = [world.garage.departments[name] for name in ("sales", "north", "service")]
        self.people = [world.garage.people[name].id for name in ("mona", "sam", "vera")]

    def some(self, *values: Any) -> Any:
        return self.pick.choice([None, *values])

    def place(self) -> dict[str, Any]:
        owner = self.some(*self.people, self.people[0])
        return {"owner_id": owner, "department_id": self.some(*self.departments)}

    def employee(self) -> dict[str, Any]:
        below = {"department_id": self.some(*self.departments), "superior_id": self.some(*self.people)}
        return {"phone": self.some(*TEXTS), "hired_on": self.some(*DAYS), **below}

    def customer(self) -> dict[str, Any]:
        return {
            "phone": self.some(*TEXTS),
            "language": self.some(*TEXTS),
            "kind": self.pick.choice([*CustomerKind]),
            "credit_limit": self.some(*map(Decimal, NUMBERS)),
            "credit_rating": self.some(*(entry.code for entry in CREDIT_RATING.entries)),
            **self.place(),
        }

    def contact(self, customers: list[UUID]) -> dict[str, Any]:
        customer = self.pick.choice(customers)
        return {"phone": self.some(*TEXTS), "birthday": self.some(*DAYS), "customer_id": customer}

    def opportunity(self, customers: list[UUID], tags: list[UUID]) -> dict[str, Any]:
        return {
            "amount": self.some(*map(Decimal, NUMBERS)),
            "probability": self.some(*map(Decimal, NUMBERS)),
            "stage": self.pick.choice([*OpportunityStage]),
            "close_on": self.some(*DAYS),
            "customer_id": self.some(*customers),
            "tags": self.pick.sample(tags, self.pick.randrange(3)),
            **self.place(),
        }


@pytest.fixture(scope="module")
def filled(world: World) -> None:
    """Records of all kinds; mona takes part in some of the customers."""
    garage, pool = world.garage, _Pool(world)
    garage.make_many(Employee, [pool.employee() for _ in range(8)])
    customers = garage.make_many(Customer, [pool.customer() for _ in range(16)])
    for id_ in customers[::3]:
        world.sql(garage, "UPDATE customer SET parent_id = %s WHERE id = %s", pool.pick.choice(customers), id_)
        world.sql(garage, "INSERT INTO record_participant VALUES (%s, %s, now())", id_, garage.mona.id)
    garage.make_many(Contact, [pool.contact(customers) for _ in range(16)])
    tags = garage.make_many(Tag, [{"name": f"tag {text}"} for text in TEXTS])
    garage.make_many(Opportunity, [pool.opportunity(customers, tags) for _ in range(30)])


_GROUPS = [
    (one.name, group)
    for one in (object_of(Opportunity), object_of(Customer), object_of(Contact), object_of(Employee))
    for group in sorted(one.groups)
]
_LIMIT = st.tuples(st.sampled_from([*Relation]), st.sampled_from([None, *OpportunityStage]), st.sampled_from([*Access]))


@st.composite
def visibilities(draw: st.DrawFn) -> tuple[list[RowScope], Limits]:
    """What two roles let one see: how far each reaches, and where it hides or masks each group of fields."""
    scopes = [draw(st.sampled_from([RowScope.ALL, RowScope.ALL, *RowScope])) for _ in ROLES]
    found: dict[tuple[UUID, str, str], Limited] = {}
    for one, group in _GROUPS:
        for role in ROLES:
            relations = draw(st.sampled_from(["none", "some", "all", "some"]))
            if relations == "all":
                found[role, one, group] = {(each, None): Access.HIDDEN for each in Relation}
            elif relations == "some":
                told = draw(st.lists(_LIMIT, min_size=1, max_size=4))
                found[role, one, group] = {(each, stage): access for each, stage, access in told}
    return scopes, found


def _values(field: Field) -> list[Any]:
    """What a field is compared with."""
    if field.kind is Kind.BOOLEAN:
        return [True, False]
    if field.choices:
        return [*field.choices]
    if field.dictionary:
        return [entry.code for entry in field.dictionary.entries]
    if field.kind is Kind.DATE:
        return [*DAYS]
    return [*TEXTS] if field.folded else [*map(Decimal, NUMBERS)]


def _compared(field: Field) -> tuple[str, ...]:
    """The operators by which it is compared with one value."""
    if field.kind in (Kind.BOOLEAN, Kind.CHOICE):
        return ("eq", "ne")
    texts = ("contains", "startsWith", "endsWith") if field.folded else ()
    return ("eq", "ne", "lt", "lte", "gt", "gte", *texts)


@st.composite
def _comparisons(draw: st.DrawFn, field: Field) -> dict[str, Any]:
    one = st.sampled_from(_values(field))
    operators: dict[str, st.SearchStrategy[Any]] = dict.fromkeys(_compared(field), one)
    operators["isNull"] = st.booleans()
    if field.kind is Kind.DATE:
        operators["in"] = st.sampled_from([Period.TODAY, Period.THIS_MONTH, Period.LAST_MONTH])
        operators["last"] = operators["next"] = st.builds(lambda n: {"n": n, "unit": Unit.DAY}, st.integers(1, 5))
    else:
        operators["in"] = operators["notIn"] = st.lists(one, max_size=2)
    if "lt" in operators:
        operators["between"] = st.builds(lambda low, high: {"from": low, "to": high}, one, one)
    names = draw(st.lists(st.sampled_from(sorted(operators)), min_size=1, max_size=2, unique=True))
    return {name: draw(operators[name]) for name in names}


_KINDS_ASKED = (Kind.TEXT, Kind.PHONE, Kind.PERCENT, Kind.MONEY, Kind.DATE, Kind.BOOLEAN, Kind.CHOICE, Kind.DICTIONARY)
_ASKED_OBJECTS = {object_of(record).name for record in (*ASKED, Tag)} | {"opportunity_line", "department"}


@st.composite
def filters(draw: st.DrawFn, one: ObjectType, depth: int = 3) -> dict[str, Any]:
    """A filter of the API on records of `one`; every second part asks for a field that may be hidden."""
    fields = [field for field in one.shown if field.kind in _KINDS_ASKED]
    grouped = [field for field in fields if field.group] or fields
    found: dict[str, Any] = {}
    for _ in range(draw(st.integers(0 if depth < 3 else 1, 2))):
        what = draw(st.sampled_from(["grouped", "grouped", "any", *(_DEEPER if depth else ())]))
        if what in ("grouped", "any"):
            field = draw(st.sampled_from(grouped if what == "grouped" else fields))
            found[camel(field.api)] = draw(_comparisons(field))
        elif what == "not":
            found["not"] = draw(filters(one, depth - 1))
        elif what in ("and", "or"):
            found[what] = draw(st.lists(filters(one, depth - 1), max_size=3))
        elif what == "reference":
            found |= draw(_references(one, depth))
        else:
            found |= draw(_lists(one, depth))
    return found


_DEEPER = ("not", "not", "and", "or", "reference", "list")


@st.composite
def _references(draw: st.DrawFn, one: ObjectType, depth: int) -> dict[str, Any]:
    targets = [
        field for field in one.shown if field.kind is Kind.REFERENCE and one.target_of(field).name in _ASKED_OBJECTS
    ]
    if not targets:
        return {}
    field = draw(st.sampled_from(targets))
    inner = {} if draw(st.booleans()) else draw(filters(one.target_of(field), depth - 1))
    if not inner or draw(st.integers(0, 3)) == 0:
        inner["isNull"] = draw(st.booleans())
    if one.target_of(field).name == "employee" and draw(st.booleans()):
        inner["isMe"] = draw(st.booleans())
    return {camel(field.api): inner}


@st.composite
def _lists(draw: st.DrawFn, one: ObjectType, depth: int) -> dict[str, Any]:
    below = {via.api: via.object for via in lists_below(one) if via.object.name in _ASKED_OBJECTS}
    below |= {camel(field.api): one.target_of(field) for field in one.links.values()}
    if not below:
        return {}
    name = draw(st.sampled_from(sorted(below)))
    quantifier = draw(st.sampled_from(["some", "none", "every"]))
    return {name: {quantifier: draw(filters(below[name], depth - 1))}}


@contextmanager
def asking(world: World, visibility: tuple[list[RowScope], Limits]) -> Iterator[Scope]:
    """A scope of mona's as if she held two roles that let her see this."""
    scopes, limited = visibility
    with open_scope(world.garage.tenant, world.garage.people["mona"].id, write=False) as scope:
        granting = frozenset(zip(ROLES, scopes, strict=True))
        rights_ = {("*", "*"): granting}
        scope.profile = replace(scope.profile, rights=rights_, limits=limited, _reaches={})
        yield scope


Filter = dict[str, Any]


def _found(scope: Scope, one: ObjectType, given_: Filter, build: Any) -> set[UUID] | None:
    """The records of which the filter is true; None where it is refused."""
    table = one.table.alias()
    try:
        statement = sa.select(table.c.id).where(build(scope, one, table, given_))
    except Forbidden:
        return None
    return set(scope.session.execute(statement).scalars())


@pytest.mark.parametrize("record", ASKED, ids=lambda record: record.__tablename__)
@settings(max_examples=80, suppress_health_check=[*HealthCheck])
@given(data=st.data())
def test_the_condition_is_true_of_the_same_records_as_the_case_form(
    world: World, filled: None, record: Any, data: st.DataObject
) -> None:
    one = object_of(record)
    given_, visibility = data.draw(filters(one)), data.draw(visibilities())
    with asking(world, visibility) as scope:
        assert _found(scope, one, given_, condition) == _found(scope, one, given_, case_form)


@pytest.mark.parametrize("record", ASKED, ids=lambda record: record.__tablename__)
def test_so_it_is_for_every_operator_and_its_negation(world: World, filled: None, record: Any) -> None:
    """On a field of each kind that shows on one's own records and those of a subordinate only."""
    one = object_of(record)
    hidden: Limited = {
        (each, None): Access.HIDDEN for each in Relation if each not in (Relation.OWNER, Relation.SUPERIOR)
    }
    limited = {(role, name, group): hidden for role in ROLES for name, group in _GROUPS}
    with asking(world, ([RowScope.ALL, RowScope.OWN], limited)) as scope:
        for field in {each.kind: each for each in one.shown if each.group and each.kind in _KINDS_ASKED}.values():
            assert not isinstance(readable(scope.profile, one, field, one.table), bool)
            for name, operand in _each_operator(field):
                plain = {camel(field.api): {name: operand}}
                for given_ in (plain, {"not": plain}):
                    found = _found(scope, one, given_, condition)
                    assert found == _found(scope, one, given_, case_form), given_


def _each_operator(field: Field) -> Iterator[tuple[str, Any]]:
    values = _values(field)
    yield from ((name, values[1]) for name in _compared(field))
    yield from (("isNull", True), ("isNull", False))
    if field.kind is Kind.DATE:
        yield from (("in", Period.TODAY), ("in", Period.LAST_MONTH), ("last", {"n": 5, "unit": Unit.DAY}))
    else:
        yield from ((name, operands) for name in ("in", "notIn") for operands in ([], values[:2]))
    if "lt" in _compared(field):
        yield "between", {"from": min(values), "to": max(values)}
