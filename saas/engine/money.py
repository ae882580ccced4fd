"""Amounts in the base currency: by the newest rate that is valid on the day of writing."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from typing import cast

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on

from saas.engine.field import Field, Kind
from saas.engine.problem import Problem, ProblemCode
from saas.engine.record import Record, is_new
from saas.engine.registry import ObjectType
from saas.engine.scope import Scope
from saas.kit.errors import BadConfig
from saas.kit.text import camel

LARGEST = Decimal(10) ** 20  # numeric(20, s) holds what is smaller, shifted by its scale
ONE = Decimal(1)


@dataclass(slots=True)
class _Home:
    """Where currencies and rates are kept; the module that describes the two objects says so."""

    currency: type[Record] | None = None
    rate: type[Record] | None = None


_home = _Home()


def kept_in(currency: type[Record], rate: type[Record]) -> None:
    """Currencies (`code is_active`) and their rates (`currency_id valid_from rate`) are these."""
    _home.currency, _home.rate = currency, rate


def price(scope: Scope, one: ObjectType, rows: Sequence[tuple[Record, Collection[str] | None]]) -> list[list[Problem]]:
    """Set what follows from the amounts of each record among these fields (None: all); the problems of each.

    An amount without a currency is in the base currency. At most one statement, and none for the base currency.
    """
    problems: list[list[Problem]] = [[] for _ in rows]
    base = scope.tenant.base_currency
    asked: list[tuple[Record, Field, list[Problem]]] = []
    for (record, names), found in zip(rows, problems, strict=True):
        for field in one.money:
            if names is None or field.name in names or field.currency in names:
                _without_rate(scope, record, field)
                if getattr(record, field.currency) not in (None, base):
                    asked.append((record, field, found))
    documents = [(code, found) for code, found in _documents(one, rows, problems) if code not in (None, base)]
    rates = _rates(scope, {code for code, _ in documents} | {getattr(each, field.currency) for each, field, _ in asked})
    for code, found in documents:
        if one.currency is not None and rates.get(code) is None:
            found.append(_no_rate(scope, one.currency, code, known=code in rates))
    for record, field, found in asked:
        code = getattr(record, field.currency)
        rate = rates.get(code)
        if rate is None and documents:
            continue  # told once for all of its amounts
        if rate is None:
            found.append(_no_rate(scope, field, code, known=code in rates))
            continue
        converted = (getattr(record, field.name) * rate).quantize(ONE.scaleb(-field.scale), ROUND_HALF_EVEN)
        if abs(converted) >= LARGEST.scaleb(-field.scale):
            found.append(_problem(field, f"{field.label.en} is out of range in {base}."))
        else:
            setattr(record, field.base, converted)
    return problems


def _documents(
    one: ObjectType, rows: Iterable[tuple[Record, Collection[str] | None]], problems: Iterable[list[Problem]]
) -> Iterator[tuple[str, list[Problem]]]:
    """The currencies of documents that have one for all of their amounts, where any of these is priced."""
    if one.currency is not None:
        for (record, names), found in zip(rows, problems, strict=True):
            if names is None or names:
                yield getattr(record, one.currency.name), found


def _without_rate(scope: Scope, record: Record, field: Field) -> None:
    """The amount as one in the base currency, or none at all."""
    amount = getattr(record, field.name)
    if amount is None and getattr(record, field.currency) is None and is_new(record):
        return  # as most are: there is nothing in it yet
    if amount is None:
        setattr(record, field.currency, None)
    elif getattr(record, field.currency) is None:
        setattr(record, field.currency, scope.tenant.base_currency)
    setattr(record, field.base, amount)
    setattr(record, field.rate_on, None if amount is None else scope.today)


def _rates(scope: Scope, codes: Iterable[str]) -> dict[str, Decimal | None]:
    """Today's rates of these currencies; None where a currency has none yet, nothing where it is not known."""
    wanted = set(codes)
    if not wanted:
        return {}
    if _home.currency is None or _home.rate is None:
        raise BadConfig("Nobody says where rates are kept.", remedy="Import saas.modules.masters.")
    currency, rate = cast("sa.Table", _home.currency.__table__), cast("sa.Table", _home.rate.__table__)
    valid = sa.and_(rate.c.currency_id == currency.c.id, rate.c.valid_from <= scope.today, rate.c.deleted_at.is_(None))
    statement = (
        sa.select(currency.c.code, rate.c.rate)
        .select_from(currency.outerjoin(rate, valid))
        .where(currency.c.code.in_(wanted), currency.c.deleted_at.is_(None), currency.c.is_active)
        .ext(distinct_on(currency.c.code))
        .order_by(currency.c.code, rate.c.valid_from.desc().nulls_last())
    )
    return {row.code: row.rate for row in scope.session.execute(statement)}


def _no_rate(scope: Scope, field: Field, code: str, *, known: bool) -> Problem:
    base = scope.tenant.base_currency
    if known:
        return _problem(field, f"There is no rate for {code} on {scope.today}. Add an exchange rate, or write {base}.")
    return _problem(field, f"There is no active currency {code}. Add it with a rate, or write {base}.")


def _problem(field: Field, message: str) -> Problem:
    path = (camel(field.name),) if field.kind is Kind.CURRENCY else (camel(field.name), "currency")
    return Problem(ProblemCode.BAD_INPUT, message, path)
