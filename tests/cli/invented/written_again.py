"""A record as somebody would write it again over GraphQL, and what stands beside it in the database."""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from saas.engine.duplicates import duplicate_keys
from saas.engine.field import Kind
from saas.engine.links import link, stored_as
from saas.engine.registry import ObjectType
from saas.kit.text import camel
from tests.lively import Lively
from tests.world import Company

Row = dict[str, Any]


def as_input(lively: Lively, company: Company, one: ObjectType, row: Row) -> Row:
    """What a client gives to make this record anew, numbered by the company itself."""
    given = {**_fields(one, row), **_compounds(one, row)}
    for name, field in one.links.items():
        statement = f"SELECT target_id FROM {link.name} WHERE record_id = %s AND field = %s ORDER BY position"
        found = lively.rows(company, statement, row["id"], stored_as(one, field))
        given[camel(name)] = [str(each["target_id"]) for each in found]
    given.pop("code", None)
    if one.lines is not None and (lines := _lines(lively, company, one, row)):
        given["lines"] = [_fields(one.lines, line) for line in lines]
        given.pop("amount")
    return given


def beside(lively: Lively, company: Company, one: ObjectType, row: Row) -> Row:
    """What the engine keeps of the record in other tables: lines, links, keys of duplicates, the entry in the audit."""
    id_ = row["id"]
    links = lively.rows(company, f"SELECT field, target_id, position FROM {link.name} WHERE record_id = %s", id_)
    keys = lively.rows(company, f"SELECT kind, key FROM {duplicate_keys.name} WHERE record_id = %s", id_)
    (told,) = lively.rows(
        company,
        "SELECT version, kind, action, fields, changes, scope_before, scope_after FROM audit WHERE record_id = %s",
        id_,
    )
    told["changes"] = _without_own(told["changes"])
    lines = _lines(lively, company, one, row) if one.lines else []
    own = {"id", "opportunity_id", "created_at", "updated_at"}
    return {
        "links": sorted(map(str, links)),
        "keys": sorted(map(str, keys)),
        "audit": told,
        "lines": [{name: value for name, value in line.items() if name not in own} for line in lines],
    }


def _without_own(changes: Row) -> Row:
    lines = [
        {name: value for name, value in line.items() if name != "id"}
        for line in (changes.get("lines") or [None, []])[1]
    ]
    return {name: pair for name, pair in changes.items() if name not in ("code", "lines")} | {"lines": lines}


def _lines(lively: Lively, company: Company, one: ObjectType, row: Row) -> list[Row]:
    assert one.lines is not None
    table, document = one.lines.table.name, one.lines.record.facts.line_of
    return lively.rows(company, f"SELECT * FROM {table} WHERE {document} = %s ORDER BY id", row["id"])


def _fields(one: ObjectType, row: Row) -> Row:
    found: Row = {}
    for name, field in one.fields.items():
        value = row[name]
        if not field.is_input(creating=True) or value is None or name == one.record.facts.line_of:
            continue
        if field.choices:
            found[camel(name)] = next(each.name for each in field.choices if each == value)
        elif field.is_money:
            found[camel(name)] = {"amount": str(value), "currency": row[field.currency]}
        else:
            found[camel(field.name)] = _plain(value)
    return found


def _compounds(one: ObjectType, row: Row) -> Row:
    found: Row = {}
    for name, field in one.compounds.items():
        assert field.kind is Kind.ADDRESS
        parts = {camel(part.removeprefix(f"{name}_")): row[part] for part in field.parts}
        if any(parts.values()):
            found[camel(name)] = parts
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, StrEnum):
        return value.name
    return str(value) if isinstance(value, UUID | Decimal | date) else value
