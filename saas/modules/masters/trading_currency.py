"""Currencies and what they are worth: the base amounts of everything follow from their rates."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session

from saas.engine import field
from saas.engine.field import Label
from saas.engine.money import kept_in
from saas.engine.record import Facts, Record, new_record
from saas.engine.rules import Broken, rule
from saas.engine.seeds import There, seed
from saas.tenants.tenant import Tenant

STANDARD = {  # ISO 4217: name, symbol, decimals
    "CNY": (Label("Renminbi", "人民币"), "¥", 2),
    "EUR": (Label("Euro", "欧元"), "€", 2),
    "GBP": (Label("Pound sterling", "英镑"), "£", 2),
    "HKD": (Label("Hong Kong dollar", "港元"), "HK$", 2),
    "JPY": (Label("Yen", "日元"), "¥", 0),
    "USD": (Label("US dollar", "美元"), "$", 2),
}


class TradingCurrency(Record):
    """A currency in which amounts may be given; those besides the base currency need a rate."""

    __tablename__ = "trading_currency"
    facts = Facts(
        code=0x040,
        label=Label("Currency", "币种"),
        plural=Label("Currencies", "币种"),
        title="name",
        order=("code",),
        keys=("code",),
    )

    name: Mapped[str] = field.text("Name", "名称", required=True)
    code: Mapped[str] = field.currency("Code", "代码", required=True, unique=True, fixed=True)
    symbol: Mapped[str | None] = field.text("Symbol", "符号")
    decimals: Mapped[int] = field.integer("Decimals", "小数位数", required=True, default=2, examples=(0, 2, 3))
    is_active: Mapped[bool] = field.boolean("Active", "启用", default=True)


class ExchangeRate(Record):
    """What one unit of a currency is worth in the base currency, from a day on until the next rate."""

    __tablename__ = "exchange_rate"
    facts = Facts(
        code=0x041,
        label=Label("Exchange rate", "汇率"),
        plural=Label("Exchange rates", "汇率"),
        title="source",
        order=("-valid_from",),
        unique_together=(("currency_id", "valid_from"),),
    )

    currency_id: Mapped[UUID] = field.ref(TradingCurrency, "Currency", "币种", required=True, fixed=True)
    valid_from: Mapped[date] = field.day("Valid from", "生效日期", required=True, fixed=True)
    rate: Mapped[Decimal] = field.rate(
        "Rate", "汇率", required=True, description="Units of the base currency for one unit."
    )
    source: Mapped[str] = field.text("Source", "来源", required=True, description="Who says so, such as a bank.")


kept_in(TradingCurrency, ExchangeRate)


@rule(TradingCurrency)
def trading_currency_has_few_decimals(currency: TradingCurrency) -> None:
    """Amounts are kept with four decimals, so no currency has more."""
    if not 0 <= currency.decimals <= 4:
        raise Broken("A currency has between 0 and 4 decimals.", field="decimals")


@rule(ExchangeRate)
def exchange_rate_is_positive(rate: ExchangeRate) -> None:
    """Nothing is worth nothing."""
    if rate.rate <= 0:
        raise Broken("The rate must be more than 0.", field="rate")


@seed(sa.select(TradingCurrency.code))
def plant_currencies(_session: Session, tenant: Tenant, there: There) -> Iterator[Record]:
    """Add the usual currencies and the tenant's own where they are missing."""
    base = tenant.base_currency
    wanted = STANDARD if base in STANDARD else STANDARD | {base: (Label(base, base), base, 2)}
    for code, (label, symbol, decimals) in wanted.items():
        if code not in there:
            name = label.in_language(tenant.language)
            values = {"code": code, "name": name, "symbol": symbol, "decimals": decimals, "is_active": True}
            yield new_record(TradingCurrency, values)
