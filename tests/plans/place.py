"""A fixed place to ask in: people who see differently much, and records of all kinds, with gaps, ties and oddities.

To the people of `tests/world.py` come

    otto    his own records and those of his subordinates      pia    under otto: her own
    reg     the region at the top and all below it             bea    her business line
    finn    all, but what he sees of a record depends on what he is to it and on its stage
    mia     all, with masks wherever there are any             duo    two roles that add up
    eve     customers; of everything else no more than what is public
    tess    tags and nothing else

of whom finn stands in for sam, and pia for sue. The other company speaks Chinese, on a clock in Shanghai. It is always
the same moment: in Berlin a new day has just begun, in London it has not.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import psycopg

from saas.engine.access.tables import Access, Relation, RowScope
from saas.engine.field import Field, Kind
from saas.engine.read.search_all import FILE
from saas.engine.registry import listed
from saas.kit import clock
from saas.modules.customers.customer import Customer
from saas.modules.organisation.rights import Grants, Limit
from saas.modules.sales.opportunity import OpportunityStage
from saas.schema.scalars import serialize_decimal, serialize_moment
from saas.tenants.sign_in import forget_callers, issue_token
from tests.engine.people import hire
from tests.plans.filling import NOW, fill
from tests.world import Company, Person, World, limits, rights

_READ = ("read",)
_SEES_LITTLE = ("nick", "tess", "vera", "eve", "bea")


@dataclass(frozen=True)
class Place:
    """Who may ask, and what there is to ask for, by the names of objects and of their fields as the API spells them."""

    world: World
    people: dict[str, Person]
    asking: tuple[Person, ...]  # who sees nothing, seldom
    ids: dict[str, tuple[str, ...]]
    values: dict[tuple[str, str], tuple[Any, ...]]
    merged: str

    def _repr_pretty_(self, printer: Any, _cycle: bool) -> None:
        """Short, as Hypothesis prints it above each failure."""
        printer.text("place")


@contextmanager
def settled(world: World) -> Iterator[Place]:
    """The place, as long as one is inside; both companies are filled."""
    _speak_chinese(world)
    with clock.stopped_at(NOW):
        people = world.garage.people | _hired(world.garage)
        fill(world, world.garage, people, 40)
        fill(world, world.rival, world.rival.people, 12)
        merged = _merge(people["ada"], world)
        asking = {name: _renewed(each) for name, each in (people | world.rival.people).items()}
        often = [each for name, each in asking.items() if name not in _SEES_LITTLE]
        companies = (world.garage, world.rival)
        ids = {name: tuple(_ids(world, companies, name)) for name in (*(one.name for one in listed()), FILE)}
        yield Place(
            world,
            asking,
            (asking["ada"], *often, asking["ada"], *often, *asking.values()),
            ids,
            dict(_values(world)),
            merged,
        )


def _speak_chinese(world: World) -> None:
    with psycopg.connect(world.cluster.dsn(world.cluster.name("world_directory")), autocommit=True) as directory:
        directory.execute("UPDATE directory.tenant SET language='zh', time_zone='Asia/Shanghai' WHERE slug='rival'")
    forget_callers()


def _renewed(person: Person) -> Person:
    """With a token that counts at this moment."""
    return replace(person, token=issue_token(person.tenant, person.id, 1).token)


def _limit(one: str, group: str, access: Access, stage: OpportunityStage, *relations: Relation) -> frozenset[Limit]:
    return frozenset(Limit(one, group, relation, access, stage.value) for relation in relations or Relation)


def _hired(garage: Company) -> dict[str, Person]:
    business = ("customer", "contact", "opportunity")
    masters = rights(RowScope.ALL, "employee", "department", "product", "region", "tag", operations=_READ)
    not_mine = tuple(relation for relation in Relation if relation is not Relation.OWNER)
    others = (Relation.OTHERS, Relation.SAME_DEPARTMENT)
    won, lost, engaging = OpportunityStage.WON, OpportunityStage.LOST, OpportunityStage.ENGAGING
    by_relation_and_stage = (
        _limit("opportunity", "amount", Access.HIDDEN, won, *others)
        | _limit("opportunity", "amount", Access.READ, engaging)
        | _limit("opportunity", "*", Access.HIDDEN, lost, Relation.PARTICIPANT)
        | limits("customer", "finance", Access.HIDDEN, Relation.OTHERS)
        | limits("customer", "contact", Access.MASKED, Relation.SAME_DEPARTMENT, Relation.OTHERS)
        | limits("contact", "contact", Access.READ, Relation.PARTICIPANT)
        | limits("employee", "organisation", Access.HIDDEN, Relation.OTHERS)
        | limits("employee", "personnel", Access.HIDDEN)
    )
    masks = frozenset[Limit]().union(
        *(limits(one, "contact", Access.MASKED, *others) for one in ("customer", "contact", "employee"))
    )
    all_of_it = rights(RowScope.ALL, *business)
    hidden = limits("opportunity", "amount", Access.HIDDEN) | limits("customer", "finance", Access.HIDDEN, *not_mine)
    found = {"otto": hire(garage, "otto", Grants(rights(RowScope.OWN_AND_SUBORDINATES, *business) | masters))}
    own = Grants(rights(RowScope.OWN, *business) | masters, limits("customer", "finance", Access.HIDDEN, *not_mine))
    found["pia"] = hire(garage, "pia", own, department="north", superior=found["otto"])
    found["reg"] = hire(garage, "reg", Grants(rights(RowScope.REGION_TREE, *business, "employee", "region")))
    lines = rights(RowScope.BUSINESS_LINE, "opportunity", "product") | rights(RowScope.OWN, "customer")
    found["bea"] = hire(garage, "bea", Grants(lines, limits("product", "cost", Access.HIDDEN)), department="service")
    found["finn"] = hire(garage, "finn", Grants(all_of_it | masters, by_relation_and_stage), department="north")
    found["mia"] = hire(garage, "mia", Grants(all_of_it | masters, masks), department="sales")
    few = rights(RowScope.OWN, *business) | rights(RowScope.DEPARTMENT, "customer", operations=_READ)
    found["duo"] = hire(garage, "duo", Grants(all_of_it | masters, hidden), Grants(few), department="sales")
    public = rights(RowScope.ALL, "customer", operations=_READ) | rights(RowScope.OWN, "employee", operations=_READ)
    found["eve"] = hire(garage, "eve", Grants(public))
    found["tess"] = hire(garage, "tess", Grants(rights(RowScope.ALL, "tag", operations=_READ)))
    return found


def _merge(ada: Person, world: World) -> str:
    """A customer that lives on in another one."""
    made = [str(world.garage.make(Customer, name=name)) for name in ("Kept", "Gone")]
    query = "mutation($into: ID!, $from: [ID!]!) { customerMerge(into: $into, from: $from) { problems { message } } }"
    answer = _renewed(ada).ask(query, into=made[0], **{"from": [made[1]]})
    assert not answer["customerMerge"]["problems"], answer
    return made[1]


def _ids(world: World, companies: Sequence[Company], name: str) -> Iterator[str]:
    """Of many records of the first company, and of a few of the others."""
    for number, company in enumerate(companies):
        most = 4 if number else 40
        for (id_,) in world.sql(company, f"SELECT id FROM {name} ORDER BY id LIMIT %s", most):
            yield str(id_)


def _values(world: World) -> Iterator[tuple[tuple[str, str], tuple[Any, ...]]]:
    for one in listed():
        for each in one.fields.values():
            if each.kind is not Kind.REFERENCE:
                column = each.base if each.is_money else each.name
                sql = f"SELECT DISTINCT {column} FROM {one.name} WHERE {column} IS NOT NULL ORDER BY 1 LIMIT 30"
                found = tuple(_in_api(each, value) for (value,) in world.sql(world.garage, sql))
                yield (one.name, ".".join(each.spelled)), found


def _in_api(of: Field, value: Any) -> Any:
    if of.choices:
        return of.choices(value).name
    if isinstance(value, datetime):
        return serialize_moment(value)
    if isinstance(value, date):
        return value.isoformat()
    return serialize_decimal(value) if isinstance(value, Decimal) else value
