"""The README's query is answered as it says: by the demo of any machine, on any day."""

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

from saas.cli.demo_wish import DemoWish
from saas.cli.demo_world import COMPANIES
from saas.cli.invented.pages import page, pages
from saas.cli.invented.sources import business
from saas.cli.onboarding.read import read_onboarding
from tests.lively import Lively

README = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
(BODY,) = re.findall(r"-d '(.*)'", README)
(ANSWER,) = re.findall(r"```json\n(.*?)```", README, re.DOTALL)


def richest(slug: str, many: int) -> list[dict[str, Any]]:
    """What the list holds at the standard size: this year's day does not matter."""
    of, wish = business(slug), DemoWish()
    names = {each.code: each.values["name"] for each in read_onboarding(COMPANIES / f"{slug}.yaml").blueprint.people}
    rows = [
        row
        for numbers in pages(wish.size.customers)
        for batch in page(of, wish.seed, date(2030, 2, 3), numbers)
        if batch.object == "customer"
        for row in batch.rows
    ]
    return [
        {
            "name": row["name"],
            "annualRevenue": {"amount": str(row["annual_revenue"]), "currency": "EUR"},
            "owner": {"name": names[row["owner_id"].known_by]},
        }
        for row in sorted(rows, key=lambda row: row["annual_revenue"], reverse=True)[:many]
    ]


def test_the_first_company_answers_as_the_readme_says() -> None:
    told = json.loads(ANSWER)["data"]["customers"]
    (first, *_) = DemoWish().companies()
    assert told == {"nodes": richest(first, 2), "totalCount": {"value": DemoWish().size.customers}}


def test_its_query_is_one_that_the_api_answers(lively: Lively) -> None:
    answer = lively.halden.boss.http(json.loads(BODY)["query"]).json()
    told = json.loads(ANSWER)
    assert answer["extensions"] == told["extensions"]
    (node, *_) = answer["data"]["customers"]["nodes"]
    assert node.keys() == told["data"]["customers"]["nodes"][0].keys()
