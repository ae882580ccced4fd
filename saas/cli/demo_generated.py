"""Invented customers for the demo, with contacts, products and opportunities: the same for the same seed."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from uuid import UUID

from saas.cli.demo_masters import named
from saas.cli.demo_owners import ids_by_code
from saas.engine.registry import object_named
from saas.engine.scope import Scope, open_scope
from saas.engine.write.create import create
from saas.kit.countries import country_named
from saas.kit.errors import Conflict
from saas.modules.organisation.blueprint.wanted import Blueprint
from saas.modules.organisation.employee import Employee
from saas.modules.sales.opportunity import OpportunityStage
from saas.tenants.tenant import Tenant

CUSTOMERS = 50
FIRST_DAY = date(2026, 1, 5)
_SELLERS = {"salesperson", "sales-manager"}

_PLACES = (
    ("Hamburg", "Germany"), ("Lyon", "France"), ("Portland", "USA"), ("Leeds", "UK"), ("Osaka", "Japan"),
    ("上海", "中国"), ("杭州", "中国"), ("深圳", "中国"), ("成都", "中国"), ("青岛", "中国"),
)  # fmt: skip
_HEADS = (
    "Harbour", "Maple", "Granite", "Silver", "Northgate", "Juniper", "Copper", "Meridian", "Orchard", "Falcon",
    "东方", "华兴", "明远", "瑞丰", "海川", "金桥", "长青", "天成", "信达", "和润",
)  # fmt: skip
_TAILS = ("Foods", "Logistics", "Instruments", "Textiles", "Energy")
_TAILS_ZH = ("食品有限公司", "物流有限公司", "仪器有限公司", "纺织有限公司", "能源有限公司")
_INDUSTRIES = (
    ("food", "食品"), ("logistics", "物流"), ("instruments", "仪器"), ("textiles", "纺织"), ("energy", "能源"),
)  # fmt: skip
_AREAS = (("Germany", "德国"), ("France", "法国"), ("USA", "美国"), ("UK", "英国"), ("Japan", "日本"), ("中国", "中国"))
_FIRST = ("Clara", "Jonas", "Amina", "Peter", "Sofia", "Daniel", "Ruth", "Omar", "Elena", "Victor")
_LAST = ("Weber", "Martin", "Okoye", "Clarke", "Tanaka", "Rossi", "Novak", "Silva", "Berg", "Haas")
_LAST_ZH = ("王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴")
_FIRST_ZH = ("伟", "芳", "娜", "敏", "静", "丽", "强", "磊", "洋", "艳")
_TITLES = ("Buyer", "Head of purchasing", "Managing director", "Engineer", "采购经理", "总经理")
_GOODS = ("Pump", "Valve", "Filter", "Sensor", "Controller", "控制器", "传感器", "阀门", "水泵", "过滤器")

Rows = list[dict[str, object]]
Tell = Callable[[str], None]


def generate(tenant: Tenant, blueprint: Blueprint, seed: int, progress: Tell) -> None:
    """Write them, owned in turn by the people who sell. Where there is any already, nothing is written."""
    chance = Random(f"{tenant.slug} {seed}")
    with open_scope(tenant, None, write=True, app="saas demo") as scope:
        if ids_by_code(scope, "customer", [_customer_code(0)]):
            return
        sellers = _sellers(scope, blueprint)
        products = _create(scope, "product", _products(chance))
        _create(scope, "product_unit", [{"product_id": id_, "name": "box", "factor": Decimal(12)} for id_ in products])
        _create(scope, "product_component", _components(products))
        industries = list(named(scope, "industry", _INDUSTRIES).values())
        areas = named(scope, "area", _AREAS)
        rows = [_customer(chance, i, sellers[i % len(sellers)], industries, areas) for i in range(CUSTOMERS)]
        customers = _create(scope, "customer", rows)
        contacts = _create(scope, "contact", _contacts(chance, customers))
        opportunities = _create(scope, "opportunity", _opportunities(chance, customers, products, sellers))
    progress(f"{tenant.slug}: {len(customers)} customers, {len(contacts)} contacts, {len(opportunities)} opportunities")


def _sellers(scope: Scope, blueprint: Blueprint) -> list[Employee]:
    codes = [person.code for person in blueprint.people if _SELLERS & set(blueprint.holds.get(person.code, ()))]
    ids = ids_by_code(scope, "employee", codes)
    return [scope.session.get_one(Employee, ids[code]) for code in codes]


def _products(chance: Random) -> Rows:
    rows: Rows = []
    for number, name in enumerate(_GOODS):
        price = Decimal(chance.randrange(1500, 90000)) / 100
        cost = (price * chance.randrange(40, 70) / 100).quantize(Decimal("0.01"))
        made = {"code": f"A-{number:03}", "name": name, "model": f"M{number % 5 + 1}00", "category": "equipment"}
        rows.append({**made, "list_price": price, "cost": cost, "unit": "piece"})
    return rows


def _components(products: Sequence[UUID]) -> Rows:
    """Each second product holds two of the one after it."""
    pairs = zip(products[::2], products[1::2], strict=True)
    return [{"product_id": whole, "part_id": part, "quantity": Decimal(2), "position": "1"} for whole, part in pairs]


def _customer_code(number: int) -> str:
    return f"C-{number:04}"


def _customer(
    chance: Random, number: int, owner: Employee, industries: Sequence[UUID], areas: Mapping[str, UUID]
) -> dict[str, object]:
    head, kind = _HEADS[number % len(_HEADS)], chance.randrange(len(_TAILS))
    is_chinese = head > "一"
    city, country = chance.choice(_PLACES[5:] if is_chinese else _PLACES[:5])
    bought = number % 3 != 2
    suffix = f" {number // len(_HEADS) + 1}" if number >= len(_HEADS) else ""
    return {
        "code": _customer_code(number),
        "name": f"{head}{_TAILS_ZH[kind]}{suffix}" if is_chinese else f"{head} {_TAILS[kind]}{suffix}",
        "full_name": f"{head}{_TAILS_ZH[kind]}" if is_chinese else f"{head} {_TAILS[kind]} Ltd",
        "is_customer": bought,
        "is_potential": not bought,
        "is_partner": number % 9 == 0,
        "is_supplier": number % 11 == 0,
        "category": chance.choice(("key", "regular", "reseller")),
        "importance": chance.choice(("high", "normal", "low")),
        "level": chance.choice("abc"),
        "lifecycle": "active" if bought else "prospect",
        "source": chance.choice(("web", "phone", "referral", "fair")),
        "credit_rating": chance.choice(("aaa", "aa", "a", "b")),
        "industry_id": industries[kind],
        "area_id": areas[country],
        "tax_no": f"TX{chance.randrange(10**8, 10**9)}",
        "language": "zh" if is_chinese else "en",
        "phone": f"+{chance.randrange(1, 99)} {chance.randrange(100, 999)} {chance.randrange(100000, 999999)}",
        "address_city": city,
        "address_country": country_named(country),
        "employee_count": chance.randrange(5, 4000),
        "annual_revenue": Decimal(chance.randrange(2, 900) * 100_000),
        "credit_limit": Decimal(chance.randrange(1, 60) * 5_000),
        "owner_id": owner.id,
        "department_id": owner.department_id,
    }


def _contacts(chance: Random, customers: Sequence[UUID]) -> Rows:
    rows: Rows = []
    for number, customer_id in enumerate(customers):
        for nth in range(chance.randrange(1, 4)):
            is_chinese = chance.random() < 0.5
            last, first = (_LAST_ZH, _FIRST_ZH) if is_chinese else (_LAST, _FIRST)
            names = chance.choice(last), chance.choice(first)
            rows.append(
                {
                    "name": "".join(names) if is_chinese else " ".join(reversed(names)),
                    "customer_id": customer_id,
                    "job_title": chance.choice(_TITLES),
                    "email": f"contact-{number}-{nth}@customer.example",
                    "mobile": f"+86 1{chance.randrange(10**9, 10**10)}",
                    "is_primary": nth == 0,
                }
            )
    return rows


def _opportunities(
    chance: Random, customers: Sequence[UUID], products: Sequence[UUID], sellers: Sequence[Employee]
) -> Rows:
    rows: Rows = []
    for number, customer_id in enumerate(customers):
        owner = sellers[number % len(sellers)]
        for _ in range(chance.randrange(1, 5)):
            product = chance.randrange(len(products))
            stage = chance.choice(list(OpportunityStage))
            begun = FIRST_DAY + timedelta(days=chance.randrange(250))
            is_closed = stage in (OpportunityStage.WON, OpportunityStage.LOST)
            rows.append(
                {
                    "code": f"O-{len(rows):04}",
                    "name": f"{_GOODS[product]} × {chance.randrange(2, 80)}",
                    "customer_id": customer_id,
                    "product_id": products[product],
                    "stage": stage,
                    "amount": Decimal(chance.randrange(500, 80_000)),
                    "probability": Decimal(chance.randrange(1, 10) * 10),
                    "engaged_on": begun,
                    "close_on": begun + timedelta(days=chance.randrange(10, 90)) if is_closed else None,
                    "owner_id": owner.id,
                    "department_id": owner.department_id,
                }
            )
    return rows


def _create(scope: Scope, name: str, rows: Rows) -> list[UUID]:
    outcomes = create(scope, object_named(name), rows)
    problems = [problem.message for outcome in outcomes for problem in outcome.problems]
    if problems:
        raise Conflict(f"The demo's {name}s cannot be written: {problems[0]}")
    return [outcome.id for outcome in outcomes if outcome.id is not None]
