"""Fills a company with records of all kinds, the same in every run: with gaps, ties, oddities, trash and shares."""

import random
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from saas.engine.record import Record
from saas.engine.registry import object_of
from saas.engine.stored_file import FileState
from saas.engine.write.load import Target
from saas.engine.write.remove import delete
from saas.engine.write.update import update
from saas.kit import clock
from saas.modules.catalog.product import Product, ProductKind
from saas.modules.catalog.product_component import ProductComponent
from saas.modules.catalog.product_unit import ProductUnit
from saas.modules.customers.contact import Contact
from saas.modules.customers.customer import Customer, CustomerKind
from saas.modules.masters.area import Area
from saas.modules.masters.industry import Industry
from saas.modules.masters.tag import Tag
from saas.modules.masters.trading_currency import ExchangeRate
from saas.modules.organisation.business_line import BusinessLine
from saas.modules.organisation.deputies import StandIn, assign_deputies
from saas.modules.organisation.employee import Employee
from saas.modules.organisation.position import Position
from saas.modules.organisation.region import Region
from saas.modules.organisation.structure import employee_assign_business_lines
from saas.modules.sales.opportunity import Opportunity, OpportunityStage
from tests.engine.filing import filed
from tests.engine.people import employee_of
from tests.world import Company, Person, World

NOW = datetime(2026, 11, 25, 23, 15, 0, 120000, tzinfo=UTC)
TODAY = date(2026, 11, 26)  # in Berlin
_EARLIER = (  # when records were made: whole seconds, tenths, microseconds
    NOW - timedelta(days=400),
    datetime(2026, 1, 1, tzinfo=UTC),
    datetime(2026, 10, 31, 23, 30, 0, 100000, tzinfo=UTC),
    NOW - timedelta(days=9, microseconds=119999),
    NOW - timedelta(minutes=30),
)
_NAMES = (
    *(
        "北京远景科技",
        "远景能源",
        "上海 Vision 贸易",
        "Ärger & Söhne",
        "Bright Bikes",
        "bright bikes 2",
        "Bright Bikes 10",
    ),
    *('Zoë\'s "Café"', "100% \\ path_x", "Line\tTab", "O'Neil 🚲", "ＦＵＬＬ width", "长城", "张三", "Émile", "emile"),
)
_CITIES = ("Berlin", "berlin", "北京", "Ulm", "São Paulo", "")
_AMOUNTS = ("0", "1", "12.5", "99.9900", "1000", "10000.0001", "-3.75", "12345678901.1234")
_PHONES = ("+49 30 1234567", "13812345678", "110120", "030/1234-567")
_MAILS = ("a.long.name@example.test", "b@bright.test", "C@Bright.test")


class _Filler:
    """Puts records into a company; the same in every run, and with many gaps."""

    def __init__(self, world: World, company: Company, people: dict[str, Person], seed: int) -> None:
        self.world, self.company, self.people = world, company, people
        self.pick = random.Random(seed)
        self.departments = list(company.departments.values())
        self.owners = [each.id for name, each in people.items() if name not in ("ada", "nick", "tess")]

    def some(self, *values: Any) -> Any:
        return self.pick.choice([None, *values])

    def make(self, record: type[Record], rows: Sequence[dict[str, Any]]) -> list[UUID]:
        """A few of them at each of some moments."""
        found: list[UUID] = []
        each = max(1, -(-len(rows) // len(_EARLIER)))
        for number, moment in enumerate(_EARLIER):
            batch = rows[number * each : (number + 1) * each]
            with clock.stopped_at(moment):
                found += self.company.make_many(record, batch) if batch else []
        return found

    def change(self, record: type[Record], changes: Iterable[tuple[UUID, dict[str, Any]]]) -> None:
        given = [(Target(id_), values) for id_, values in changes]
        with clock.stopped_at(NOW - timedelta(days=2)), self.company.scope() as scope:
            outcomes = update(scope, object_of(record), given)
        assert all(outcome.id for outcome in outcomes), [outcome.problems for outcome in outcomes]

    def delete(self, record: type[Record], *ids: UUID) -> None:
        with clock.stopped_at(NOW - timedelta(days=1)), self.company.scope() as scope:
            outcomes = delete(scope, object_of(record), [Target(id_) for id_ in ids])
        assert all(outcome.id for outcome in outcomes), [outcome.problems for outcome in outcomes]

    def tree(self, record: type[Record], *names: tuple[str, int | None], **more: Any) -> list[UUID]:
        """Records of a tree, each with the number of the one above it."""
        found: list[UUID] = []
        for name, above in names:
            found += self.company.make_many(
                record, [{"name": name, "parent_id": None if above is None else found[above], **more}]
            )
        return found

    def place(self) -> dict[str, Any]:
        owner, department = self.some(*self.owners, *self.owners[:3]), self.some(*self.departments)
        return {"owner_id": owner, "department_id": department, "region_id": self.some(*self.regions)}

    def address(self) -> dict[str, Any]:
        if self.pick.random() < 0.3:
            return {}
        parts = {
            "country": self.some("DE", "CN", "FR"),
            "city": self.some(*_CITIES[:-1]),
            "street": self.some("Street 1", "长安街 1"),
            "street2": self.some("c/o Ü"),
            "postal_code": self.some("101150", "100000"),
            "province": self.some("Bayern"),
            "district": self.some("朝阳"),
        }
        return {f"address_{name}": value for name, value in parts.items() if value is not None}

    def money(self, name: str) -> dict[str, Any]:
        """An amount in the base currency or in euros."""
        amount = self.some(*map(Decimal, _AMOUNTS))
        if amount is None:
            return {}
        return {name: amount, **({f"{name}_currency": "EUR"} if self.pick.random() < 0.4 else {})}

    def day(self) -> date | None:
        days = [TODAY + timedelta(days=days) for days in (-400, -40, -1, 0, 1, 3, 33)]
        return self.pick.choice([None, *days])

    def masters(self) -> None:
        make, company = self.company.make_many, self.company
        self.regions = self.tree(Region, ("top", None), ("below", 0), ("aside", None), ("gone", None))
        self.lines = make(BusinessLine, [{"name": "hers"}, {"name": "another", "description": "x\ny"}])
        self.industries = self.tree(Industry, ("Trade", None), ("Retail", 0), ("Sport", 1), name_zh="行业")
        self.areas = self.tree(Area, ("China", None), ("Beijing", 0), name_zh="地区")
        self.positions = make(Position, [{"name": "Head"}, {"name": "总监"}])
        self.tags = make(
            Tag, [{"name": name, "colour": self.some("#1E88E5")} for name in ("hot", "cold", "重要", "old")]
        )
        ((euro,),) = self.world.sql(company, "SELECT id FROM trading_currency WHERE code = 'EUR'")
        days = ((date(2024, 1, 1), "1.1"), (TODAY - timedelta(days=30), "1.0512345678"))
        make(
            ExchangeRate,
            [{"currency_id": euro, "valid_from": day, "rate": Decimal(rate), "source": "bank"} for day, rate in days],
        )

    def products(self) -> None:
        rows = [
            {
                "name": f"{_NAMES[number]} {number}",
                "kind": self.pick.choice([*ProductKind]),
                "category": self.some("equipment", "part", "software"),
                "model": self.some("X-1", "x-1", "型号"),
                "list_price": Decimal("9.990000"),
                "cost": self.some(Decimal("5.123456"), Decimal(7)),
                "is_discontinued": number % 3 == 0,
                "business_line_id": self.some(*self.lines),
                "description": self.some("Long\ntext", "Ünïcode 🚲"),
                "tags": self.pick.sample(self.tags, number % 3),
            }
            for number in range(9)
        ]
        self.product_ids = self.make(Product, rows)
        first, second, third = self.product_ids[:3]
        units = [{"name": "box", "product_id": first, "factor": Decimal("12.5")}, {"name": "箱", "product_id": second}]
        self.company.make_many(ProductUnit, [{"factor": Decimal(10), **each} for each in units])
        parts = [{"position": "1", "part_id": second}, {"position": "2", "part_id": third, "notes": "x"}]
        whole = {"product_id": first, "quantity": Decimal(2)}
        self.company.make_many(ProductComponent, [whole | each for each in parts])

    def customers(self, number: int) -> None:
        rows = [
            {
                "name": f"{_NAMES[at % len(_NAMES)]}{f' {at}' if at >= len(_NAMES) else ''}",
                "full_name": self.some(*_NAMES),
                "kind": self.pick.choice([*CustomerKind]),
                "is_customer": self.pick.random() < 0.5,
                "source": self.some("web", "fair", "other", "phone"),
                "level": self.some("a", "b", "c"),
                "payment_terms": self.some("net_30", "net_60"),
                "credit_rating": self.some("aaa", "aa", "b"),
                "industry_id": self.some(*self.industries),
                "area_id": self.some(*self.areas),
                "phone": self.some(*_PHONES),
                "mobile": self.some(*_PHONES),
                "email": self.some(*_MAILS),
                "website": self.some("https://example.test/?q=1&r=<b>"),
                "language": self.some("en", "EN", "zh"),
                "founded_year": self.some(1900, 1950, 2001),
                "employee_count": self.some(0, 1, 2_000_000),
                "tax_no": self.some("DE123", "de123"),
                "bank_account": self.some("6222021234567890"),
                "notes": self.some("first\nsecond", 'a\u2028b </script> \\ "q"'),
                "tags": self.pick.sample(self.tags, at % 4),
                **self.address(),
                **self.money("annual_revenue"),
                **self.money("credit_limit"),
                **self.place(),
            }
            for at in range(number)
        ]
        self.customer_ids = self.make(Customer, rows)
        ids = self.customer_ids
        self.change(Customer, [(ids[at], {"parent_id": ids[at // 2]}) for at in range(1, number, 3)])
        self.change(Customer, [(ids[at], {"referrer_id": ids[at - 1]}) for at in range(2, number, 5)])

    def contacts(self, number: int) -> None:
        rows = [
            {
                "name": self.pick.choice(_NAMES),
                "customer_id": self.pick.choice(self.customer_ids),
                "job_title": self.some("CEO", "ceo", "经理"),
                "influence": self.some("decides", "uses"),
                "phone": self.some(*_PHONES),
                "email": self.some(*_MAILS),
                "birthday": self.some(date(2000, 2, 29), date(1970, 1, 1), date(99, 1, 2), TODAY),
                "is_primary": self.pick.random() < 0.3,
                "preferences": self.some("tea", "coffee\n"),
                "tags": self.pick.sample(self.tags, self.pick.randrange(3)),
                **self.address(),
            }
            for _ in range(number)
        ]
        self.contact_ids = self.make(Contact, rows)
        ids = self.contact_ids
        self.change(Contact, [(ids[at], {"superior_id": ids[at - 1]}) for at in range(1, number, 4)])

    def opportunities(self, number: int) -> None:
        rows = [
            {
                "name": f"{self.pick.choice(_NAMES)} {at}",
                "customer_id": self.some(*self.customer_ids),
                "product_id": self.some(*self.product_ids),
                "stage": self.pick.choice([*OpportunityStage]),
                "currency": self.some("EUR", "USD"),
                "amount": self.some(*map(Decimal, _AMOUNTS)),
                "probability": self.some(Decimal(10), Decimal("33.3"), Decimal(100)),
                "close_on": self.day(),
                "lost_because": self.some("price"),
                "business_line_id": self.some(*self.lines),
                "tags": self.pick.sample(self.tags, self.pick.randrange(4)),
                **self.place(),
            }
            for at in range(number)
        ]
        self.opportunity_ids = self.make(Opportunity, rows)
        with_lines = self.opportunity_ids[::2]
        self.change(Opportunity, [(id_, {"lines": {"create": self._lines()}}) for id_ in with_lines])

    def _lines(self) -> list[dict[str, Any]]:
        return [
            {
                "product_id": self.some(*self.product_ids),
                "description": self.some("Assembly", "安装服务", "assembly"),
                "quantity": self.pick.choice([Decimal(1), Decimal("2.500000"), Decimal(12)]),
                "unit_price": self.some(Decimal("9.99"), Decimal("0.333333")),
                "discount": self.some(Decimal(5), Decimal("12.5")),
            }
            for _ in range(self.pick.randrange(1, 5))
        ]

    def employees(self) -> None:
        people = list(self.people.values())
        changes = [
            (
                each.id,
                {
                    "phone": self.some(*_PHONES),
                    "job_title": self.some("CEO", "经理"),
                    "hired_on": self.some(date(2020, 2, 29), TODAY),
                    "region_id": self.regions[number % 3],
                    "position_id": self.some(*self.positions),
                },
            )
            for number, each in enumerate(people)
        ]
        self.change(Employee, changes)
        if "reg" in self.people:
            self.change(Employee, [(self.people["reg"].id, {"region_id": self.regions[0]})])
            with self.company.scope() as scope:
                for name, line in (("bea", self.lines[0]), ("finn", self.lines[1])):
                    employee_assign_business_lines(scope, employee_of(scope, self.people[name].id), [line])
                for deputy, name in (("finn", "sam"), ("pia", "sue")):
                    away, stands_in = self.people[name].id, self.people[deputy].id
                    assign_deputies(scope, away, [StandIn(TODAY, TODAY, away, stands_in)])

    def shares(self) -> None:
        """With people, departments and roles, for some days or for good; and people take part."""
        people, roles = self.people, self.world.sql(self.company, "SELECT id FROM role WHERE name = 'seller'")
        holders = [people[name].id for name in ("vera", "sam", "pia", "eve", "finn") if name in people]
        holders += [*self.departments[:2], *(id_ for (id_,) in roles)]
        add = "INSERT INTO record_share (record_id, holder_id, access, until) VALUES (%s, %s, %s, %s)"
        until = (None, TODAY - timedelta(days=1), TODAY)
        ids = (*self.customer_ids, *self.opportunity_ids)
        for number, id_ in enumerate(ids[::3]):
            access = ("read", "write")[number % 2]
            self.world.sql(self.company, add, id_, holders[number % len(holders)], access, until[number % 3])
        add = "INSERT INTO record_participant (record_id, principal_id, since) VALUES (%s, %s, %s)"
        taking_part = [people[name].id for name in ("finn", "sam", "pia", "sue") if name in people]
        for number, id_ in enumerate(ids[1::3]):
            if taking_part:
                self.world.sql(self.company, add, id_, taking_part[number % len(taking_part)], NOW)

    def files(self) -> None:
        """On records of several objects, and on none; one is not there yet, one was refused."""
        kinds = ("text/plain", "image/png", "application/pdf")
        records = (*self.customer_ids[::2], *self.contact_ids[::3], *self.opportunity_ids[::4], *self.product_ids[:2])
        names = ("Angebot Bright.pdf", "报价单 远景.xlsx", "bright bikes 10.png", 'a "q" \\ 100%.txt', "o'neil.TXT")
        people = list(self.people.values())
        states = (FileState.PENDING, FileState.REFUSED, *[FileState.READY] * 6)
        with self.company.scope() as scope:
            for number in range(40):
                state = states[number % len(states)]
                with clock.stopped_at(_EARLIER[number % len(_EARLIER)]):
                    filed(
                        scope,
                        names[number % len(names)],
                        *{self.pick.choice(records) for _ in range(number % 4)},
                        by=people[number % len(people)].id,
                        type=kinds[number % len(kinds)],
                        size=number * 1000,
                        state=state,
                        checksum="ab" * 32 if state is FileState.READY else None,
                        reason="It is no picture." if state is FileState.REFUSED else None,
                    )

    def trash(self) -> None:
        """Records of each kind that were deleted, and what others still refer to."""
        self.delete(Tag, self.tags[3])
        self.delete(Contact, *self.contact_ids[1:8:3])
        self.delete(Opportunity, *self.opportunity_ids[:3])
        children = range(1, len(self.customer_ids), 3)
        free = [id_ for at, id_ in enumerate(self.customer_ids) if at not in children and self._is_free(id_)]
        self.delete(Customer, *free[:3])
        # As from before: it stays named where it was chosen.
        sql = "UPDATE dictionary_entry SET deleted_at = %s WHERE code = 'fair'"
        self.world.sql(self.company, sql, NOW - timedelta(days=3))
        sql = "UPDATE region SET deleted_at = %s WHERE id = %s"
        self.world.sql(self.company, sql, NOW - timedelta(days=3), self.regions[3])

    def _is_free(self, customer: UUID) -> bool:
        sql = "SELECT 1 FROM opportunity WHERE customer_id = %s AND deleted_at IS NULL"
        return not self.world.sql(self.company, sql, customer)


def fill(world: World, company: Company, people: dict[str, Person], number: int) -> None:
    fill = _Filler(world, company, people, number)
    fill.masters()
    fill.employees()
    fill.products()
    fill.customers(number)
    fill.contacts(number + 5)
    fill.opportunities(number)
    fill.shares()
    fill.files()
    fill.trash()
