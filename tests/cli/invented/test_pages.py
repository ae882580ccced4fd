"""The invented world, before anything of it is written: always the same, and as a real year could have been."""

import hashlib
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

import pytest

from saas.cli.invented.deals import COLD_AFTER, HOT_FROM, HOT_WITHIN, YEAR
from saas.cli.invented.firms import code_of, firm
from saas.cli.invented.keys import Key
from saas.cli.invented.pages import Batch, page, pages
from saas.cli.invented.sources import COMPANIES, business, industries, places
from saas.kit.names import HAN
from saas.modules.sales.opportunity import OpportunityStage

TODAY = date(2026, 6, 15)
OPEN = (OpportunityStage.PROSPECTING, OpportunityStage.ENGAGING)
_HAN = re.compile(f"[{HAN}]")
# What telephone numbers begin with, by country.
CODES = {"AT": 43, "BE": 32, "CH": 41, "CN": 86, "DE": 49, "DK": 45, "ES": 34, "FR": 33, "GB": 44, "IE": 353}
CODES |= {"JP": 81, "NL": 31, "SE": 46, "SG": 65, "US": 1, "VN": 84}
POSTAL = {
    **dict.fromkeys(("DE", "FR", "ES", "US"), r"\d{5}"),
    **dict.fromkeys(("CN", "SG", "VN"), r"\d{6}"),
    **dict.fromkeys(("AT", "BE", "CH", "DK"), r"\d{4}"),
    "GB": r"[A-Z]{1,2}\d \d[A-Z]{2}",
    "IE": r"T12 [A-Z]\d{3}",
    "JP": r"\d{3}-\d{4}",
    "NL": r"\d{4} [A-Z]{2}",
    "SE": r"\d{3} \d{2}",
}


@cache
def batches(slug: str, customers: int = 1000, seed: int = 1, today: date = TODAY) -> Sequence[Batch]:
    return [batch for numbers in pages(customers) for batch in page(business(slug), seed, today, numbers)]


def rows(slug: str, name: str) -> Iterator[dict[str, Any]]:
    return (dict(row) for batch in batches(slug) if batch.object == name for row in batch.rows)


def print_of(slug: str, seed: int, today: date) -> str:
    """A fingerprint of all that is invented."""
    return hashlib.sha256(repr(batches(slug, 200, seed, today)).encode()).hexdigest()


@pytest.fixture(params=COMPANIES)
def slug(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_the_same_seed_and_day_invent_the_same_in_every_process() -> None:
    program = "from tests.cli.invented.test_pages import prints\nprint(*prints(1, 2))"
    started = [
        subprocess.Popen(
            [sys.executable, "-c", program],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONHASHSEED": hash_seed, "TZ": zone},
        )
        for hash_seed, zone in (("1", "Asia/Shanghai"), ("2", "America/New_York"))
    ]
    found = [process.communicate()[0].split() for process in started]
    assert found[0] == found[1] == prints(1, 2)
    assert len(set(found[0])) == 4


def prints(*seeds: int) -> list[str]:
    """The fingerprints of both companies with these seeds."""
    return [print_of(slug, seed, TODAY) for slug in COMPANIES for seed in seeds]


def test_another_day_brings_another_year(slug: str) -> None:
    assert print_of(slug, 1, TODAY) != print_of(slug, 1, TODAY + timedelta(1))


def test_a_small_world_is_the_beginning_of_a_large_one(slug: str) -> None:
    (small, *_), (large, *_) = batches(slug, 100), batches(slug)
    assert list(large.rows[: len(small.rows)]) == list(small.rows)
    assert [row["code"] for row in small.rows] == [code_of(number) for number in (1, 2, 51, 52)]


def test_what_a_record_refers_to_was_there_before(slug: str) -> None:
    of = business(slug)
    known = {Key("employee", code) for code in of.skill} | {Key("department of", code) for code in of.skill}
    known |= {Key("product", good.code) for good in of.goods} | {Key("business_line", good.line) for good in of.goods}
    known |= {Key("industry", each.code) for each in industries()} | {Key("area", each.code) for each in places()}
    known |= {Key("tag", each) for each in of.texts["tags"]}
    regions = {row["region_id"] for row in rows(slug, "customer")}
    assert len(regions) == 5
    for batch in batches(slug):
        met = {key for row in batch.rows for key in keys_in(row) if key.known_by is not None}
        assert met <= known | regions
        known |= {key for key in batch.keys if key is not None}


def keys_in(value: Any) -> Iterator[Key]:
    if isinstance(value, Key):
        yield value
    elif isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from keys_in(each)


@pytest.mark.parametrize(("slug", "is_written_so"), [("halden", False), ("yunfan", True)])
def test_most_speak_the_language_of_the_company_and_some_the_other(slug: str, is_written_so: bool) -> None:
    for name in ("customer", "contact"):
        count = Counter(bool(_HAN.search(row["name"])) for row in rows(slug, name))
        assert count[is_written_so] > 0.9 * count.total() >= 900
        assert count[not is_written_so] > 30


def test_firms_are_large_and_few_or_small_and_many(slug: str) -> None:
    customers = list(rows(slug, "customer"))
    people = sorted((row["employee_count"] for row in customers), reverse=True)
    assert sum(people[:100]) > 0.6 * sum(people)
    assert people[500] < 30
    levels = Counter(row["level"] for row in customers)
    assert 20 < levels["a"] < levels["b"] < levels["c"]
    earned = {level: [row["annual_revenue"] for row in customers if row["level"] == level] for level in "abc"}
    assert min(earned["a"]) > max(sorted(earned["c"])[:-50])
    assert len({row["name"] for row in customers}) > 960


def test_some_belong_to_others_and_some_were_brought_by_others(slug: str) -> None:
    customers = {row["code"]: row for row in rows(slug, "customer")}
    parents = [(row, customers[code_of(row["parent_id"].known_by)]) for row in of_others(customers, "parent_id")]
    assert len(parents) > 50
    for row, parent in parents:
        assert row["name"].startswith(parent["name"])
        assert row["industry_id"] == parent["industry_id"]
        assert row["employee_count"] < parent["employee_count"]
    referred = of_others(customers, "referrer_id")
    assert len(referred) > 50
    assert {row["source"] for row in referred} == {"referral"}
    for part in ("is_partner", "is_supplier", "is_competitor", "is_agent"):
        assert sum(row[part] for row in customers.values()) >= 5


def of_others(customers: dict[str, dict[str, Any]], name: str) -> list[dict[str, Any]]:
    return [row for row in customers.values() if row[name].known_by is not None]


def test_addresses_and_telephone_numbers_are_those_of_the_country(slug: str) -> None:
    for row in rows(slug, "customer"):
        country = row["address_country"]
        assert re.fullmatch(POSTAL[country], row["address_postal_code"]), row["address_postal_code"]
        assert row["phone"].startswith(f"+{CODES[country]} ")
        assert row["email"].endswith(".example")
        assert row["email"].isascii()


def test_deals_are_plausible_in_time(slug: str) -> None:
    deals = list(rows(slug, "opportunity"))
    assert 700 < len(deals) < 1300
    for deal in deals:
        engaged, closes, chance = deal["engaged_on"], deal["close_on"], deal["probability"]
        assert engaged is None or TODAY - timedelta(YEAR) <= engaged <= TODAY
        assert engaged is None or closes is None or engaged <= closes
        if deal["stage"] in OPEN:
            assert 0 < chance < 100
            assert closes is None or closes > TODAY
            assert (engaged is None) == (deal["stage"] is OpportunityStage.PROSPECTING)
        else:
            assert closes <= TODAY
            assert chance == (100 if deal["stage"] is OpportunityStage.WON else 0)
        assert (deal["lost_because"] is not None) == (deal["stage"] is OpportunityStage.LOST)


def test_some_are_hot_and_some_have_gone_cold(slug: str) -> None:
    tagged = {name: [deal for deal in rows(slug, "opportunity") if Key("tag", name) in deal["tags"]] for name in TAGS}
    assert len(tagged["hot"]) > 10
    assert len(tagged["cold"]) > 10
    for deal in tagged["hot"]:
        assert deal["probability"] >= HOT_FROM
        assert TODAY < deal["close_on"] <= TODAY + timedelta(HOT_WITHIN)
    for deal in tagged["cold"]:
        assert deal["probability"] <= 15
        assert deal["close_on"] is None
        assert deal["engaged_on"] < TODAY - timedelta(COLD_AFTER / 2)


TAGS = ("hot", "cold")


@pytest.mark.parametrize(("slug", "quiet", "busy"), [("halden", 8, 10), ("yunfan", 2, 11)])
def test_there_are_seasons(slug: str, quiet: int, busy: int) -> None:
    months = Counter(row["engaged_on"].month for row in rows(slug, "opportunity") if row["engaged_on"])
    assert months.keys() == set(range(1, 13))
    assert months[quiet] < 0.7 * months[busy]


def test_good_sellers_win_more_and_each_kind_of_end_occurs(slug: str) -> None:
    ended = [row for row in rows(slug, "opportunity") if row["stage"] not in OPEN]
    assert Counter(row["stage"] for row in rows(slug, "opportunity")).keys() == set(OpportunityStage)
    wins = {
        code: [row["stage"] is OpportunityStage.WON for row in ended if row["owner_id"].known_by == code]
        for code in business(slug).skill
    }
    good, bad = (
        [won for code, skill in business(slug).skill.items() for won in wins[code] if (skill > 1) is better]
        for better in (True, False)
    )
    assert sum(good) / len(good) > sum(bad) / len(bad)
    assert 0.4 < sum(map(sum, wins.values())) / len(ended) < 0.7


def test_what_is_kept_of_a_customer_agrees_with_its_deals(slug: str) -> None:
    stages: dict[str, set[OpportunityStage]] = {}
    for deal in rows(slug, "opportunity"):
        stages.setdefault(code_of(deal["customer_id"].known_by), set()).add(deal["stage"])
    for row in rows(slug, "customer"):
        known = stages.get(row["code"], set())
        assert row["is_customer"] is not row["is_potential"]
        if OpportunityStage.WON in known:
            assert (row["is_customer"], row["lifecycle"]) == (True, "active")
        if row["lifecycle"] in ("unknown", "sleeping"):
            assert not known & {*OPEN, OpportunityStage.WON}
        if row["is_supplier"] or row["is_competitor"]:
            assert not known


def test_deals_are_worth_what_their_lines_are(slug: str) -> None:
    of = business(slug)
    prices = {good.code: good.price for good in of.goods}
    for deal in rows(slug, "opportunity"):
        assert ("amount" in deal) is not ("lines" in deal)
        if "amount" in deal:
            assert deal["stage"] is OpportunityStage.PROSPECTING
            assert deal["amount"] > 0
        lines = deal.get("lines", [])
        assert len({line["product_id"] for line in lines}) == len(lines) <= 4
        for line in lines:
            price = prices[line["product_id"].known_by]
            assert abs(line["unit_price"] * of.rate(deal["currency"]) - price) < Decimal("0.01") * price
            assert line["quantity"] > 0


def test_each_is_looked_after_by_the_seller_of_its_place(slug: str) -> None:
    owners: dict[str, set[object]] = {}
    for row in rows(slug, "customer"):
        owners.setdefault(str(row["region_id"].known_by), set()).add(row["owner_id"].known_by)
        assert firm(slug, 1, int(row["code"].removeprefix("C-"))).seller == row["owner_id"].known_by
    assert {owner for each in owners.values() for owner in each} == set(business(slug).skill)
    assert sum(map(len, owners.values())) == len(business(slug).skill)
