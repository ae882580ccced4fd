"""The table of the oracle as a company: its roles, people and records in the database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from saas.engine.access.tables import (
    Access,
    Relation,
    RowScope,
    principal_business_line,
    principal_deputy,
    record_participant,
    record_share,
)
from saas.engine.record import Record
from saas.engine.registry import ObjectType, object_of
from saas.engine.scope import Scope
from saas.engine.write.create import create
from saas.kit import clock, ids
from saas.modules.catalog.product import Product
from saas.modules.customers.contact import Contact
from saas.modules.customers.customer import Customer
from saas.modules.organisation.business_line import BusinessLine
from saas.modules.organisation.employee import Employee
from saas.modules.organisation.region import Region
from saas.modules.organisation.rights import Grants, Limit, Right, employee_assign_roles, role_grant
from saas.modules.organisation.role import Role
from saas.modules.sales.opportunity import Opportunity, OpportunityLine, OpportunityStage
from saas.tenants.sign_in import issue_token, let_in
from tests.engine.filing import filed
from tests.oracle import table
from tests.oracle.rules import Thing
from tests.world import Company, Person, World

WORD = "orakel"  # stands in the name of every record of the table
FILED = "akte"  # likewise in that of the file that hangs on it
RECORDS: dict[str, type[Record]] = {
    "opportunity": Opportunity,
    "customer": Customer,
    "contact": Contact,
    "product": Product,
}
# What the fields hold by which the groups are tried: one field a group.
FIELDS = {
    ("opportunity", "amount"): ("amount", "amount", Decimal(100)),
    ("customer", "contact"): ("phone", "phone", "13812345678"),
    ("customer", "finance"): ("creditLimit", "credit_limit", Decimal(100)),
    ("contact", "contact"): ("phone", "phone", "13812345678"),
    ("product", "cost"): ("cost", "cost", Decimal(100)),
}
MASKED_AS = {"13812345678": "138****5678"}


@dataclass(frozen=True)
class Place:
    """The company with its people, and the ids of the records by object and name."""

    company: Company
    people: Mapping[str, Person]
    ids: Mapping[Thing, UUID]
    masters: Mapping[str, UUID]
    files: Mapping[Thing, UUID]  # one that hangs on each

    def things(self, one: str, *, deleted: bool = False) -> list[Thing]:
        return [each for each in table.THINGS if each.object == one and each.is_deleted is deleted]

    def type_of(self, one: str) -> ObjectType:
        return object_of(RECORDS[one])


def built(world: World) -> Place:
    """The table in the garage."""
    garage = world.garage
    with garage.scope() as scope:
        masters = dict(garage.departments)
        for name, above in table.REGIONS.items():
            masters[name] = _made(scope, Region, name=name, parent_id=masters[above] if above else None)
        for name in table.LINES:
            masters[name] = _made(scope, BusinessLine, name=name)
        _roles(scope, masters)
        _staff(scope, masters)
    people = {name: _let_in(garage, name, masters[name]) for name in table.PEOPLE}
    with garage.scope() as scope:
        ids = _records(scope, masters)
        files = {thing: filed(scope, f"{FILED} {thing.name}.txt", id_) for thing, id_ in ids.items()}
    return Place(garage, people, ids, masters, files)


def _made(scope: Scope, record: type[Record], **values: Any) -> UUID:
    (outcome,) = create(scope, object_of(record), [values])
    assert outcome.id, outcome.problems
    return outcome.id


def _roles(scope: Scope, masters: dict[str, UUID]) -> None:
    for name, role in table.ROLES.items():
        masters[name] = _made(scope, Role, name=f"{name} of the table")
        rights = frozenset(
            Right(one, operation, RowScope(each)) for (one, operation), scopes in role.rights.items() for each in scopes
        )
        limits = frozenset(
            Limit(one, group, Relation(relation), Access[level.upper()], stage)
            for (one, group, relation, stage), level in role.limits.items()
        )
        role_grant(scope, scope.session.get_one(Role, masters[name]), Grants(rights, limits))


def _staff(scope: Scope, masters: dict[str, UUID]) -> None:
    waiting = list(table.PEOPLE.values())
    while waiting:
        person = next(each for each in waiting if each.superior is None or each.superior in masters)
        waiting.remove(person)
        masters[person.name] = _made(
            scope,
            Employee,
            name=person.name,
            department_id=masters[person.department],
            region_id=masters[person.region] if person.region else None,
            superior_id=masters[person.superior] if person.superior else None,
        )
        employee = scope.session.get_one(Employee, masters[person.name])
        employee_assign_roles(scope, employee, dict.fromkeys(masters[role] for role in person.roles))
        if person.line:
            values = {"principal_id": employee.id, "business_line_id": masters[person.line]}
            scope.session.execute(sa.insert(principal_business_line).values(values))
    _stand_in(scope, masters)


def _stand_in(scope: Scope, masters: Mapping[str, UUID]) -> None:
    """Who stands in for whom today; and somebody who did, and one who will."""
    today = clock.today(scope.time_zone)
    days = [(each.name, name, 0) for each in table.PEOPLE.values() for name in each.stands_in_for]
    for deputy, name, days_on in (*days, ("ivy", "eli", -1), ("peer", "vic", 1)):
        day = today + timedelta(days=days_on)
        values = {"principal_id": masters[name], "deputy_id": masters[deputy], "starts_on": day, "ends_on": day}
        scope.session.execute(sa.insert(principal_deputy).values(values))


def _let_in(company: Company, name: str, id_: UUID) -> Person:
    email = f"{name}@table.test"
    let_in(company.tenant, id_, email, None, name)
    return Person(name, id_, email, company.tenant, issue_token(company.tenant, id_, 1).token)


def _records(scope: Scope, masters: Mapping[str, UUID]) -> dict[Thing, UUID]:
    found: dict[Thing, UUID] = {}
    for one in ("customer", "contact", "product", "opportunity"):  # what is referred to first
        things = [each for each in table.THINGS if each.object == one]
        outcomes = create(scope, object_of(RECORDS[one]), [_values(each, masters, found) for each in things])
        for thing, outcome in zip(things, outcomes, strict=True):
            assert outcome.id, outcome.problems
            found[thing] = outcome.id
    scope.session.flush()
    _hang_below(scope, found)
    _give_lines(scope, [id_ for each, id_ in found.items() if each.object == "opportunity" and not each.is_deleted])
    for thing, id_ in found.items():
        _open(scope, thing, id_, masters)
        if thing.is_deleted:
            records = object_of(RECORDS[thing.object]).table
            gone = {"deleted_at": scope.now, "deletion_id": id_}
            scope.session.execute(sa.update(records).where(records.c.id == id_).values(gone))
    return found


def _hang_below(scope: Scope, found: Mapping[Thing, UUID]) -> None:
    """Have all customers and contacts refer to the one that is known to all."""
    references = {"customer": ("parent_id", table.HUB.name), "contact": ("superior_id", f"at {table.HUB.name}")}
    for one, (column, name) in references.items():
        of_object = {thing.name: id_ for thing, id_ in found.items() if thing.object == one}
        records = object_of(RECORDS[one]).table
        below = records.c.id.in_(of_object.values()) & (records.c.id != of_object[name])
        scope.session.execute(sa.update(records).where(below).values({column: of_object[name]}))


def _give_lines(scope: Scope, opportunities: Sequence[UUID]) -> None:
    """Give each a line, past the engine, which would make the amounts the sums of nothing."""
    lines = object_of(OpportunityLine)
    times = {"created_at": scope.now, "updated_at": scope.now, "version": 1, "position": 1, "quantity": Decimal(1)}
    rows = [{"id": ids.new_id(lines.record.facts.code), "opportunity_id": id_, **times} for id_ in opportunities]
    scope.session.execute(sa.insert(lines.table), rows)


def _values(thing: Thing, masters: Mapping[str, UUID], found: Mapping[Thing, UUID]) -> dict[str, Any]:
    values: dict[str, Any] = {"name": f"{WORD} {thing.name}", "code": f"T {thing.object} {thing.name}"}
    values |= {name: value for (one, _), (_, name, value) in FIELDS.items() if one == thing.object}
    if thing.of is not None:
        return values | {"customer_id": found[thing.of]}
    if thing.object == "opportunity":
        named = thing.name.removeprefix("to ") if thing.name.startswith("to ") else table.HUB.name
        values["customer_id"] = next(
            id_ for each, id_ in found.items() if (each.object, each.name) == ("customer", named)
        )
    columns = {"owner": "owner_id", "department": "department_id", "region": "region_id", "line": "business_line_id"}
    for place, column in columns.items():
        if column in object_of(RECORDS[thing.object]).fields:
            name = getattr(thing, place)
            values[column] = masters[name] if name else None
    return values | ({"stage": OpportunityStage(thing.stage)} if thing.stage else {})


def _open(scope: Scope, thing: Thing, id_: UUID, masters: Mapping[str, UUID]) -> None:
    """Share it, and have people take part in it."""
    today = clock.today(scope.time_zone)
    for share in thing.shares:
        until = today - timedelta(days=1) if share.has_ended else today
        values = {"record_id": id_, "holder_id": masters[share.holder], "access": share.access, "until": until}
        scope.session.execute(sa.insert(record_share).values(values))
    for name in thing.participants:
        values = {"record_id": id_, "principal_id": masters[name], "since": scope.now}
        scope.session.execute(sa.insert(record_participant).values(values))
