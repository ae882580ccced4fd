"""What the records of a company refer to: its people and places, industries, tags, rates and products."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from uuid import UUID

from saas.cli.by_key import ids_by
from saas.cli.invented.catalog import (
    area_levels,
    components,
    exchange_rates,
    industry_levels,
    products,
    tags,
    units,
)
from saas.cli.invented.chance import filled, stream
from saas.cli.invented.keys import Key, Row
from saas.cli.invented.pages import Batch
from saas.cli.invented.sources import Business
from saas.cli.invented.write import Known, raise_refused, write
from saas.engine.registry import object_named
from saas.engine.scope import Scope
from saas.engine.write.load import Target
from saas.engine.write.update import update
from saas.modules.organisation.blueprint.wanted import Blueprint
from saas.modules.organisation.employee import Employee

_WORKING_AGE = (24 * 365, 61 * 365)
_CALLS = {True: "+86 138 #### ####", False: "+49 40 55##-###"}


def standing(scope: Scope, of: Business, blueprint: Blueprint, seed: int, today: date) -> Known:
    """All of it by key; what is not there yet is written."""
    known: Known = {}
    for kind, things in (("region", blueprint.regions), ("business_line", blueprint.business_lines)):
        known |= _keyed(kind, ids_by(scope, kind, "code", [thing.code for thing in things]))
    people = ids_by(scope, "employee", "code", [person.code for person in blueprint.people])
    known |= _keyed("employee", people)
    for code, id_ in people.items():
        if department_id := scope.session.get_one(Employee, id_).department_id:
            known[Key("department of", code)] = department_id
    known |= _keyed("trading_currency", ids_by(scope, "trading_currency", "code", of.rates))
    first = next(products(of))["code"]
    if not ids_by(scope, "product", "code", [first]):
        _fill(scope, of, seed, today, known)
        _describe(scope, of, seed, today, people)
    _meet(scope, of, known)
    return known


def _fill(scope: Scope, of: Business, seed: int, today: date, known: Known) -> None:
    for name, levels in (("industry", industry_levels()), ("area", area_levels()), ("product", [list(products(of))])):
        for rows in levels:
            write(scope, Batch(name, rows, [Key(name, row["code"]) for row in rows]), known)
    others: Sequence[tuple[str, Iterable[Row]]] = (
        ("product_unit", units(of)),
        ("product_component", components(of)),
        ("tag", tags(of)),
        ("exchange_rate", exchange_rates(of, seed, today)),
    )
    for name, given in others:
        rows = list(given)
        write(scope, Batch(name, rows, [None] * len(rows)), known)


def _describe(scope: Scope, of: Business, seed: int, today: date, people: dict[str, UUID]) -> None:
    """What onboarding files do not say of people: since when they are here, their birthday, their telephone."""
    values = []
    for code, id_ in people.items():
        chance = stream(seed, of.slug, "employee", code)
        born = today - timedelta(chance.randrange(*_WORKING_AGE))
        hired = max(born + timedelta(20 * 365), today - timedelta(chance.randrange(90, 15 * 365)))
        phone = filled(chance, _CALLS[of.is_chinese])
        values.append((Target(id_), {"birthday": born, "hired_on": hired, "phone": phone}))
    raise_refused("employee", update(scope, object_named("employee"), values))


def _meet(scope: Scope, of: Business, known: Known) -> None:
    """What was written just now, or in an earlier run."""
    for name, levels in (("industry", industry_levels()), ("area", area_levels()), ("product", [list(products(of))])):
        known |= _keyed(name, ids_by(scope, name, "code", [row["code"] for rows in levels for row in rows]))
    words = {name: word for name, (word, _) in of.texts["tags"].items()}
    ids = ids_by(scope, "tag", "name", words.values())
    known |= {Key("tag", name): ids[word] for name, word in words.items()}


def _keyed(name: str, ids: dict[str, UUID]) -> Known:
    return {Key(name, code): id_ for code, id_ in ids.items()}
