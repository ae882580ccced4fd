"""docs/api.md tells the truth: its examples are valid, its tables are those of the code."""

import re
from pathlib import Path

import pytest
from graphql import GraphQLEnumType, parse, validate

from saas.engine import text_search
from saas.engine.changes.page import MAX_CHANGES
from saas.engine.read import filters, group_keys, order, request
from saas.engine.tables import all_tables
from saas.kit.errors import AtriumError
from saas.kit.settings import Settings
from saas.schema import endpoint, limits, parameters
from saas.schema.build import schema
from saas.schema.derive.bulk import MAX_ITEMS
from saas.schema.derive.queries import MAX_IDS

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "api.md").read_text("utf-8")
EXAMPLES = re.findall(r"```graphql\n(.*?)```", PAGE, re.DOTALL)
MODULES = (endpoint, parameters)  # they declare errors of their own


def table(title: str) -> list[list[str]]:
    """The rows of the table below a heading, without the backquotes."""
    section = PAGE.split(f"# {title}\n")[1].split("\n#")[0]
    rows = [line.strip("| ").replace("`", "").split(" | ") for line in section.splitlines() if line.startswith("| ")]
    return rows[1:]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.split()[1].strip("{("))
def test_every_example_is_valid(example: str) -> None:
    document = parse(example)
    limits.check_limits(document)
    assert validate(schema(), document) == []


all_tables()  # an error counts whether or not another test has read its file


def all_errors(of: type[AtriumError] = AtriumError) -> dict[str, int]:
    found = {of.code: of.status}
    for each in of.__subclasses__():
        if each.__module__.startswith("saas."):
            found |= all_errors(each)
    return found


def test_the_table_of_errors_is_that_of_the_code() -> None:
    assert {code: int(status) for code, status, _ in table("Errors")} == all_errors()


def test_the_table_of_problems_is_that_of_the_code() -> None:
    codes = schema().type_map["ProblemCode"]
    assert isinstance(codes, GraphQLEnumType)
    told = {row[0]: row[1] for row in table("Problems")}
    assert told == {name: (value.description or "").replace("`", "") for name, value in codes.values.items()}


def test_the_table_of_limits_is_that_of_the_code() -> None:
    told = [int(row[1].split()[0].replace(",", "")) for row in table("Limits")]
    assert told == [
        Settings.model_fields["max_body_kb"].default,
        limits.MAX_TOKENS,
        limits.MAX_DEPTH,
        limits.MAX_ROOT_FIELDS,
        limits.MAX_COUNTS,
        limits.MAX_FIELDS,
        limits.MAX_FRAGMENTS,
        limits.MAX_REPEATS,
        limits.MAX_INTROSPECTIONS,
        limits.MAX_RECORDS,
        limits.MAX_NESTING,
        parameters.MAX_VALUES,
        request.MAX_FIRST,
        MAX_CHANGES,
        MAX_IDS,
        MAX_ITEMS,
        filters.MAX_CONDITIONS,
        filters.MAX_OPERANDS,
        order.MAX_TERMS,
        group_keys.MAX_KEYS,
        group_keys.MAX_REFERENCES,
        filters.MAX_CONDITIONS,
        text_search.MAX_QUERY,
        text_search.MAX_WORDS,
        30,
    ]
