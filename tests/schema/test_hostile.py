"""Hostile input through the whole door: every answer is an answer, none tells of our insides, nothing is done."""

import json
from typing import Any

import httpx2
import pytest
from graphql import get_introspection_query

from saas.modules.customers.customer import Customer
from tests.world import Person, World, call

JSON = {"content-type": "application/json"}
NASTY = {
    "SQL": "'; DROP TABLE customer; --",
    "SQL with a comment": "x' OR 1=1 /*",
    "a cast": "1::int; SELECT pg_sleep(100)",
    "wildcards": "%_\\%%",
    "a backslash at the end": "\\",
    "a placeholder": "%s %(id)s :id $1 {0} {{}}",
    "a long text": "x" * 200_000,
    "long Chinese": "长" * 60_000,
    "combining marks": "a" + "\u0301" * 50_000,
    "right to left": "\u202egnp.exe",
    "emoji": "👩‍👩‍👧‍👦" * 100,
    "a bell": "\u0007",
    "a line separator": "\u2028",
    "not a character": "\uffff",
    "beyond the first plane": "\U0010fffe",
    "a template": "${7*7}{{7*7}}<script>alert(1)</script>",
    "a path": "../../etc/passwd",
    "a formula": "=cmd|' /C calc'!A0",
    "empty": "",
    "blank": " \t\n ",
}


def sound(answer: httpx2.Response) -> dict[str, Any]:
    """The answer of somebody who is not shaken: an expected status, expected codes, nothing of our insides."""
    assert answer.status_code in (200, 400), answer.text[:500]
    told: dict[str, Any] = answer.json()
    codes = {error["extensions"]["code"] for error in told.get("errors", [])}
    assert codes <= {"BAD_INPUT", "TOO_COMPLEX", "FORBIDDEN"}, answer.text[:500]
    for inside in ("Traceback", "psycopg", "sqlalchemy", "saas.", "t_0", "SELECT"):
        assert inside not in answer.text.replace("SELECT pg_sleep", ""), inside
    assert all(len(error["message"]) <= 500 for error in told.get("errors", []))
    return told


@pytest.mark.parametrize("case", NASTY)
def test_a_nasty_text_is_only_a_text_to_filter_by(world: World, case: str) -> None:
    world.garage.make(Customer, name="Innocent", website="Innocence")
    query = """query($x: String!, $xs: [String!]!) {
      eq: customers(filter: {website: {eq: $x}}) { totalCount { value } }
      in: customers(filter: {website: {in: $xs}}) { totalCount { value } }
      between: customers(filter: {website: {between: {from: $x, to: $x}}}) { totalCount { value } }
      contains: customers(filter: {website: {contains: $x}}) { totalCount { value } }
      others: customers(filter: {website: {ne: $x}}, first: 1) { nodes { website } }
    }"""
    told = sound(world.garage.ada.http(query, {"x": NASTY[case], "xs": [NASTY[case]] * 3}))
    assert "errors" not in told
    for key in ("eq", "in", "between"):
        assert told["data"][key] == {"totalCount": {"value": 0}}, key
    assert case in ("empty", "blank", "a line separator") or told["data"]["contains"] == {"totalCount": {"value": 0}}
    assert told["data"]["others"] == {"nodes": [{"website": "Innocence"}]}


@pytest.mark.parametrize("case", NASTY)
def test_a_nasty_text_is_kept_as_it_is_or_refused(world: World, case: str) -> None:
    mutation = """mutation($x: String!) {
      customerCreate(input: {name: $x, notes: $x, fax: "1 2 3"}) { customer { name notes } problems { code path } }
    }"""
    told = sound(world.garage.sam.http(mutation, {"x": NASTY[case]}))
    payload = told["data"]["customerCreate"]
    if payload["customer"] is None:
        assert {problem["code"] for problem in payload["problems"]} <= {"BAD_INPUT", "REQUIRED"}
    else:
        assert payload["customer"]["name"].split() == NASTY[case].split()
        assert payload["customer"]["notes"] == NASTY[case].strip()


@pytest.mark.parametrize("case", NASTY)
def test_a_nasty_text_is_no_id_no_cursor_no_version(world: World, case: str) -> None:
    query = """query($x: ID!, $c: String!) {
      customer(id: $x) { id }  node(id: $x) { id }  nodes(ids: [$x]) { id }
      a: customers(after: $c) { nodes { id } }
      b: customers(filter: {id: {in: [$x]}}) { nodes { id } }
      c: customers(filter: {department: {under: $x}}) { nodes { id } }
    }"""
    told = sound(world.garage.ada.http(query, {"x": NASTY[case], "c": NASTY[case]}))
    assert set(told["data"].values()) == {None}
    assert {error["extensions"]["code"] for error in told["errors"]} == {"BAD_INPUT"}
    for mutation in (
        "mutation($x: ID!) { customerUpdate(id: $x, input: {name: \"a\"}) { id problems { code } } }",
        "mutation($x: ID!) { customerDelete(id: $x, version: -1) { id problems { code } } }",
        "mutation($x: ID!) { customerCreate(input: {id: $x, name: \"a\"}) { id problems { code } } }",
        "mutation($x: ID!) { customerCreate(input: {name: \"a\", ownerId: $x}) { id problems { code } } }",
    ):  # fmt: skip
        told = sound(world.garage.ada.http(mutation, {"x": NASTY[case]}))
        (payload,) = told["data"].values()
        assert payload == {"id": None, "problems": [{"code": "BAD_INPUT"}]}, mutation


@pytest.mark.parametrize(
    "cursor", ["AAAA", "A", "=", "é", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "bnVsbA", "W10", "\n", "a" * 100_000]
)
def test_a_forged_cursor_is_bad_input(world: World, cursor: str) -> None:
    (error,) = world.garage.ada.errors("query($c: String) { customers(before: $c) { nodes { id } } }", c=cursor)
    assert error["extensions"]["code"] == "BAD_INPUT"


def test_a_cursor_of_another_person_or_order_is_bad_input(world: World) -> None:
    world.garage.make(Customer, name="First")
    world.garage.make(Customer, name="Second")
    cursor = world.garage.ada.ask("{ customers(first: 1) { pageInfo { endCursor } } }")["customers"]["pageInfo"][
        "endCursor"
    ]
    again = "query($c: String) { customers(after: $c) { nodes { id } } }"
    assert world.garage.ada.ask(again, c=cursor)["customers"]["nodes"]
    assert world.garage.mona.errors(again, c=cursor)[0]["extensions"]["code"] == "BAD_INPUT"
    assert world.rival.rita.errors(again, c=cursor)[0]["extensions"]["code"] == "BAD_INPUT"
    other = "query($c: String) { customers(after: $c, orderBy: {name: DESC}) { nodes { id } } }"
    assert world.garage.ada.errors(other, c=cursor)[0]["extensions"]["code"] == "BAD_INPUT"


NUMBERS = [
    "NaN", "Infinity", "-Infinity", "1e5", "0x10", "1_000", " 1", "١", "", "9" * 30, "9" * 31, "0." + "0" * 21 + "1",
    "9" * 5_000, 10**16, -(10**16), 1.5, True, [], {}, 2**63, 2**64, 10**400,
]  # fmt: skip


PRICED = """mutation($a: Decimal!) {
  opportunityCreate(input: {name: "A", amount: {amount: $a}}) { id problems { code path } }
}"""


@pytest.mark.parametrize("number", NUMBERS, ids=lambda number: str(number)[:20] or "empty")
def test_an_impossible_amount_is_refused(world: World, number: Any) -> None:
    body = json.dumps({"query": PRICED, "variables": {"a": number}}).encode()
    told = sound(post(world.garage.sam, body))
    if "errors" not in told:
        payload = told["data"]["opportunityCreate"]
        assert payload == {"id": None, "problems": [{"code": "BAD_INPUT", "path": ["amount"]}]}


LITERALS = ["1.5", "1e400", "9" * 30, "9" * 31, "-" + "9" * 100, "9" * 5_000, "NaN", "[1]", "{a: 1}", "true", '"x"']


@pytest.mark.parametrize("literal", LITERALS, ids=lambda literal: literal[:20])
def test_an_impossible_amount_in_the_document_is_refused(world: World, literal: str) -> None:
    mutation = PRICED.replace("($a: Decimal!)", "").replace("$a", literal)
    told = sound(world.garage.sam.http(mutation))
    refused = {"id": None, "problems": [{"code": "BAD_INPUT", "path": ["amount"]}]}
    assert "errors" in told or told["data"]["opportunityCreate"] == refused


@pytest.mark.parametrize("number", [2**31, -(2**31) - 1, 2**63, 10**25, 1.5, "1", True, 1e300])
def test_an_integer_out_of_range_is_bad_input(world: World, number: Any) -> None:
    for query in (
        "query($n: Int) { customers(first: $n) { nodes { id } } }",
        "query($n: Int) { customers { totalCount(max: $n) { value } } }",
        "query($n: Int) { customers(filter: {employeeCount: {gte: $n}}) { nodes { id } } }",
        'mutation($n: Int) { customerCreate(input: {name: "N", employeeCount: $n}) { id problems { code } } }',
    ):
        told = sound(world.garage.ada.http(query, {"n": number}))
        assert told["errors"][0]["extensions"]["code"] == "BAD_INPUT", query


def test_numbers_at_the_edge_are_no_accident(world: World) -> None:
    for number in (2**31 - 1, -(2**31)):
        told = sound(world.garage.ada.http("query($n: Int) { customers(first: $n) { nodes { id } } }", {"n": number}))
        assert told["errors"][0]["extensions"] == {"code": "BAD_INPUT", "path": ["first"]}
        query = "query($n: Int!) { customers(filter: {employeeCount: {in: [$n]}}) { nodes { id } } }"
        assert sound(world.garage.ada.http(query, {"n": number}))["data"] == {"customers": {"nodes": []}}


DATES = [
    "0000-01-01", "0001-01-01", "9999-12-31", "10000-01-01", "2026-02-30", "2026-13-01", "-0001-01-01", "2026-W01-1",
    "20260101", "today", "infinity", "epoch", "", "２０２６-01-01", 20260101, True, [], {},
]  # fmt: skip


@pytest.mark.parametrize("date", DATES, ids=lambda date: str(date) or "empty")
def test_a_date_out_of_range_is_refused_and_one_in_range_is_kept(world: World, date: Any) -> None:
    mutation = """mutation($d: Date) {
      opportunityCreate(input: {name: "D", engagedOn: $d}) { opportunity { engagedOn } problems { code } }
    }"""
    told = sound(world.garage.sam.http(mutation, {"d": date}))
    if date in ("0001-01-01", "9999-12-31"):
        assert told["data"]["opportunityCreate"] == {"opportunity": {"engagedOn": date}, "problems": []}
    else:
        assert told["errors"][0]["extensions"]["code"] == "BAD_INPUT"


@pytest.mark.parametrize(
    ("moment", "is_one"),
    [
        ("0001-01-01T00:00:00+14:00", False),
        ("9999-12-31T23:59:59-14:00", False),
        ("9999-12-31T23:59:59.999999Z", True),
        ("0001-01-01T00:00:00Z", True),
        ("2026-11-21T08:00:00", False),
        ("2026-11-21T25:00:00Z", False),
        ("2026-11-21T08:00:60Z", False),
        ("2026-11-21T08:00:00+99:99", False),
        ("2026-11-21t08:00:00z", True),
        ("2026-11-21T08:00:00.123456789Z", True),
        (1_700_000_000, False),
    ],
)
def test_a_moment_out_of_range_is_refused(world: World, moment: Any, is_one: bool) -> None:
    query = "query($m: DateTime!) { customers(filter: {createdAt: {lt: $m}}) { nodes { id } } }"
    told = sound(world.garage.ada.http(query, {"m": moment}))
    assert ("errors" not in told) == is_one, told


# --- bytes ---


def post(person: Person, body: bytes) -> httpx2.Response:
    return call("POST", "/graphql", content=body, headers={**JSON, "authorization": f"Bearer {person.token}"})


def literal(text: bytes) -> bytes:
    """A body whose document filters by this literal, spelled as it is."""
    return b'{"query": "{ customers(filter: {name: {eq: ' + text + b'}}) { nodes { id } } }"}'


def variable(text: bytes) -> bytes:
    """A body with this text in its variables, spelled as it is."""
    query = b"query($a: String) { customers(filter: {name: {eq: $a}}) { nodes { id } } }"
    return b'{"query": "' + query + b'", "variables": {"a": "' + text + b'"}}'


VIEWER = b'{"query": "{ viewer { id } }", '
BYTES = {
    "half a surrogate pair in the query": literal(b'\\"\\ud800\\"'),
    "half a pair by an escape of GraphQL": literal(b'\\"\\\\ud800\\"'),
    "half a pair in braces": literal(b'\\"\\\\u{d800}\\"'),
    "half a pair in variables": variable(b"\\udfff"),
    "NUL in variables": variable(b"\\u0000"),
    "NUL in a literal": literal(b'\\"\\\\u0000\\"'),
    "NUL in a block": literal(b'\\"\\"\\"\\u0000\\"\\"\\"'),
    "NUL between tokens": b'{"query": "{\\u0000 viewer { id } }"}',
    "NUL in the operation name": b'{"query": "query A { viewer { id } }", "operationName": "\\u0000"}',
    "no UTF-8": b'{"query": "{ viewer { id } } \xc3\x28"}',
    "UTF-16": '{"query": "{ viewer { id } }"}'.encode("utf-16"),
    "a mark of byte order": b'\xef\xbb\xbf{"query": "{ viewer { id } } }"}',
    "deep JSON": VIEWER + b'"variables": {"a": ' + b"[" * 900 + b"]" * 900 + b"}}",
    "endless JSON": b'{"query": ' + b"[" * 500_000,
    "half a million values": VIEWER + b'"variables": {"a": [' + b"1," * 250_000 + b"1]}}",
}


@pytest.mark.parametrize("case", BYTES)
def test_hostile_bytes_are_refused(world: World, case: str) -> None:
    told = sound(post(world.garage.sam, BYTES[case]))
    assert "data" not in told, case
    assert len(told["errors"]) == 1


def test_deep_filters_are_refused_wherever_they_are(world: World) -> None:
    deep: Any = {"name": {"eq": "x"}}
    for _ in range(29):
        deep = {"not": deep}
    query = "query($f: CustomerFilter) { customers(filter: $f) { nodes { id } } }"
    told = sound(world.garage.ada.http(query, {"f": deep}))
    assert told["errors"][0]["extensions"]["code"] == "TOO_COMPLEX"
    allowed = deep["not"]["not"]["not"]
    assert "errors" not in sound(world.garage.ada.http(query, {"f": allowed}))


def test_a_wide_filter_is_refused_or_answered(world: World) -> None:
    query = "query($f: CustomerFilter, $xs: [String!]) { customers(filter: $f) { nodes { id } } }"
    many = {"or": [{"name": {"eq": str(i)}} for i in range(500)]}
    assert sound(world.garage.ada.http(query.replace(", $xs: [String!]", ""), {"f": many}))["errors"]
    lists = "{name: {in: $xs}} " * 60
    wide = f"query($xs: [String!]) {{ customers(filter: {{or: [{lists}]}}) {{ nodes {{ id }} }} }}"
    told = sound(world.garage.ada.http(wide, {"xs": [str(i) for i in range(2_000)]}))
    assert "errors" in told


def test_introspection_answers_once_and_is_no_bomb(world: World) -> None:
    told = sound(world.garage.nick.http(get_introspection_query(input_value_deprecation=True, specified_by_url=True)))
    assert told["data"]["__schema"]["queryType"]["name"] == "Query"
    bomb = "{__schema{types{fields{type{fields{type{fields{type{fields{type{name}}}}}}}}}}}"
    assert sound(world.garage.nick.http(bomb))["errors"][0]["message"] == "Maximum introspection depth exceeded"


def test_names_that_one_may_not_see_are_not_hinted_at(world: World) -> None:
    """Suggestions are off in fields, arguments, inputs, enums and variables."""
    for query, variables in (
        ("{ custmers { nodes { id } } }", {}),
        ("{ customers(filtr: {}) { nodes { id } } }", {}),
        ("{ customers(filter: {nme: {eq: 1}}) { nodes { id } } }", {}),
        ("query($f: CustomerFilter) { customers(filter: $f) { nodes { id } } }", {"f": {"nme": 1}}),
        ("query($f: Trash) { customers(trash: $f) { nodes { id } } }", {"f": "EXCLUD"}),
        ("{ ...F } fragment F on Custmer { id }", {}),
        ("query($f: CustmerFilter) { customers(filter: $f) { nodes { id } } }", {}),
        ("{ viewer { id @skp(if: true) } }", {}),
    ):
        told = sound(world.garage.nick.http(query, variables))
        assert "Did you mean" not in str(told["errors"]), query


def test_after_all_this_the_tables_stand(world: World) -> None:
    assert world.garage.ada.ask("{ viewer { name } }") == {"viewer": {"name": "ada"}}
    assert world.sql(world.garage, "SELECT to_regclass('customer') IS NOT NULL") == [(True,)]
