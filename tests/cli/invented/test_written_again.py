"""What is written after the invented companies were: it is as their own records are, and goes on where these end."""

from typing import Any

import pytest

from saas.engine.registry import object_named
from saas.engine.text_search import grams
from tests.cli.invented.written_again import as_input, beside
from tests.lively import Lively
from tests.world import Company

SLUGS = ("halden", "yunfan")
# What a record has of its own, whoever writes the same again.
ITS_OWN = {"id", "code", "code_folded", "created_at", "updated_at", "search_grams"}


@pytest.fixture(params=SLUGS)
def company(request: pytest.FixtureRequest, lively: Lively) -> Company:
    return lively.company(request.param)


@pytest.mark.parametrize("name", ["customer", "contact", "opportunity", "product"])
def test_what_was_written_in_bulk_is_what_a_person_writes_one_by_one(
    lively: Lively, company: Company, name: str
) -> None:
    one = object_named(name)
    rich = "(SELECT count(*) FROM opportunity_line AS l WHERE l.opportunity_id = t.id) DESC," if one.lines else ""
    (written,) = lively.rows(company, f"SELECT * FROM {name} AS t ORDER BY {rich} id LIMIT 1")
    asked = f"{name}Create(input: $input) {{ id problems {{ message path }} }}"
    document = f"mutation($input: {one.type_name}CreateInput!) {{ {asked} }}"
    answer = company.boss.ask(document, input=as_input(lively, company, one, written))[f"{name}Create"]
    assert answer["problems"] == []
    (again,) = lively.rows(company, f"SELECT * FROM {name} WHERE id = %s", answer["id"])
    assert without(again) == without(written)
    assert beside(lively, company, one, again) == beside(lively, company, one, written)
    of_both = grams(str(again["code"])) | grams(str(written["code"]))
    assert {*again["search_grams"]} | of_both == {*written["search_grams"]} | of_both


def without(row: dict[str, Any]) -> dict[str, Any]:
    """What a record does not have of its own."""
    return {name: value for name, value in row.items() if name not in ITS_OWN}


def test_numbers_go_on_where_the_invented_ones_end(lively: Lively, company: Company) -> None:
    for name, letters in (("customer", "C"), ("contact", "CT"), ("opportunity", "O")):
        given = lively.rows(company, f"SELECT code FROM {name}")
        last = max(int(str(row["code"]).removeprefix(f"{letters}-")) for row in given)
        more = 'name: "One more"' + (f', customerId: "{some(lively, company)}"' if name == "contact" else "")
        answer = company.boss.ask(f"mutation {{ {name}Create(input: {{{more}}}) {{ {name} {{ code }} }} }}")
        assert answer[f"{name}Create"][name]["code"] == f"{letters}-{last + 1:06}"


def some(lively: Lively, company: Company) -> object:
    return lively.rows(company, "SELECT id FROM customer WHERE code = 'C-000001'")[0]["id"]
