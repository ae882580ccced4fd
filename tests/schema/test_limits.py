"""Documents that ask for too much are refused in a moment, before they are validated or run."""

import pytest
from graphql import GraphQLError, get_operation_ast, parse

from saas.kit.errors import BadInput, TooComplex
from saas.schema import prepare as prepared
from saas.schema.limits import MAX_RECORDS, Cost, check_limits, cost_with
from saas.schema.prepare import Kept, Prepared, prepare
from tests.steps import counted


def refusal(query: str) -> str:
    with pytest.raises(TooComplex) as caught:
        check_limits(parse(query))
    return caught.value.message


def nested(name: str, levels: int, inside: str) -> str:
    return f"{{{name}" * levels + f"{{{inside}}}" + "}" * levels


@pytest.mark.parametrize(
    ("case", "query", "message"),
    [
        ("too deep", nested(" a", 15, "id"), "The operation is deeper than 15 levels."),
        (
            "too deep by fragments",
            "{a{...F}} fragment F on A {b{...F}}",
            "The operation is deeper than 15 levels.",
        ),
        (
            "many root fields",
            "{" + " ".join(f"a{i}: viewer {{id}}" for i in range(31)) + "}",
            "The operation has 31 root fields; at most 30 are allowed.",
        ),
        (
            "many root fields in fragments",
            "{...F ... {...G}} fragment F on Query {" + " ".join(f"a{i}: x" for i in range(20)) + "} "
            "fragment G on Query {" + " ".join(f"b{i}: x" for i in range(20)) + "}",
            "The operation has 40 root fields; at most 30 are allowed.",
        ),
        (
            "many aliases",
            "{customers{nodes{" + " ".join(f"a{i}: name" for i in range(2000)) + "}}}",
            "The operation selects more than 2,000 fields.",
        ),
        (
            "one field again and again",
            "{customers{nodes{" + "name " * 101 + "}}}",
            "The operation selects name more than 100 times in one place.",
        ),
        (
            "doubling fragments",
            "{...F0} " + "".join(f"fragment F{i} on A {{a{{...F{i + 1}}} b{{...F{i + 1}}}}} " for i in range(12))
            + "fragment F12 on A {id}",
            "The operation selects more than 2,000 fields.",
        ),
        (
            "many fragments",
            "{" + " ".join(f"...F{i}" for i in range(251)) + "}"
            + "".join(f"fragment F{i} on A{{id}}" for i in range(251)),
            "The document has 251 fragments; at most 250 are allowed.",
        ),
        (
            "the schema again and again",
            "{" + " ".join(f"a{i}: __schema{{types{{name}}}}" for i in range(4)) + "}",
            "The operation asks for the schema more than 3 times.",
        ),
        (
            "pages of pages",
            "{a(first: 500){nodes{b(first: 101){nodes{id}}}}}",
            "The operation asks for up to 50,500 records; at most 50,000 are allowed.",
        ),
        (
            "pages hidden in fragments",
            "{a(first: 500){...F}} fragment F on A {edges{node{b(last: 101){...G}}}} fragment G on B {nodes{id}}",
            "The operation asks for up to 50,500 records; at most 50,000 are allowed.",
        ),
        (
            "a page without a number counts as the default",
            "{a(first: 500){nodes{b(first: 3){nodes{c{nodes{id}}}}}}}",
            "The operation asks for up to 75,000 records; at most 50,000 are allowed.",
        ),
        (
            "pages below the records of groups",
            "{aGroups(by: [], first: 500){nodes{keys{b{record{c(first: 101){nodes{id}}}}}}}}",
            "The operation asks for up to 50,500 records; at most 50,000 are allowed.",
        ),
        (
            "aggregates again and again",
            "{a{" + " ".join(f"a{i}: aggregate{{count}}" for i in range(31)) + "}}",
            "The operation asks for totalCount or aggregate more than 30 times.",
        ),
        (
            "counts again and again",
            "{a{" + " ".join(f"a{i}: totalCount{{value}}" for i in range(31)) + "}}",
            "The operation asks for totalCount or aggregate more than 30 times.",
        ),
        (
            "issues of imports again and again",
            "{importRuns{" + " ".join(f"a{i}: issues{{line}}" for i in range(21)) + "}}",
            "The operation asks for up to 52,500 records; at most 50,000 are allowed.",
        ),
        (
            "even none of them",
            "{importRuns(first: 500){" + " ".join(f"a{i}: issues(first: 0){{line}}" for i in range(101)) + "}}",
            "The operation asks for up to 50,500 records; at most 50,000 are allowed.",
        ),
        ("a deep value", "{a(x: " + "[" * 32 + "]" * 32 + ")}", "A value is nested deeper than 30 levels."),
        (
            "a deep default",
            "query($v: [Int] = " + "[" * 32 + "]" * 32 + "){a(x: $v)}",
            "A value is nested deeper than 30 levels.",
        ),
    ],
)  # fmt: skip
def test_too_much_is_refused(case: str, query: str, message: str) -> None:
    assert refusal(query) == message, case


def test_a_page_of_nonsense_counts_as_a_full_one() -> None:
    """Its own field refuses it as bad input, with the place."""
    costs = check_limits(parse(f"{{a(first: {'9' * 100}){{nodes{{id}}}}}}"))
    assert costs == {"": Cost(records=500, fields=3, depth=3)}


def test_a_negative_page_earns_nothing() -> None:
    """Points are taken for records: fewer than none would give some back."""
    document = parse("query($n: Int){a(first: $n){nodes{id}}}")
    operation = get_operation_ast(document, None)
    assert operation
    assert cost_with(document, operation, {"n": -(10**9)}).records == 0
    assert check_limits(parse("{a(first: -500){nodes{id}}}")) == {"": Cost(records=0, fields=3, depth=3)}


def test_pages_by_variables_are_counted_when_the_variables_are_known() -> None:
    document = parse("query($n: Int, $m: Int = 100){a(first: $n){nodes{b(first: $m){nodes{id}}}}}")
    operation = get_operation_ast(document, None)
    assert operation
    assert check_limits(document) == {"": frozenset({"m", "n"})}
    assert cost_with(document, operation, {"n": 500}) == Cost(records=50_000, fields=5, depth=5)
    assert cost_with(document, operation, {"m": 500}) == Cost(records=25_000, fields=5, depth=5)
    for variables in ({"n": 500, "m": 101}, {"n": 10**12, "m": 400}):
        with pytest.raises(TooComplex) as caught:
            cost_with(document, operation, variables)
        assert f"at most {MAX_RECORDS:,} are allowed." in caught.value.message


def test_an_unused_fragment_is_not_worth_validating() -> None:
    with pytest.raises(GraphQLError, match=r"^Fragment 'F' is never used\."):
        check_limits(parse("{viewer{id}} fragment F on Viewer {id}"))


@pytest.mark.parametrize("literal", ['["\\u0000"]', '"""a\0"""', "9" * 101, "-" + "9" * 5_000])
def test_a_literal_that_nobody_can_keep_is_bad_input(literal: str) -> None:
    with pytest.raises(BadInput):
        check_limits(parse(f"{{a(filter: {{name: {{in: {literal}}}}}){{id}}}}"))


HOSTILE = {
    "pairs of objects": "{customers{nodes{owner{" + "superior{name} " * 480 + "}}}}",
    "pairs of deep objects": "{customers{nodes{" + "owner{superior{superior{id}}} " * 350 + "}}}",
    "pairs spread over fragments": "{customers{nodes{" + " ".join(f"...F{i}" for i in range(80)) + "}}}"
    + "".join(f"fragment F{i} on Customer{{{'owner{name} ' * 12}}}" for i in range(80)),
    "pairs in an unused fragment": "{viewer{id}} fragment F on Customer {" + "owner{superior{id}} " * 600 + "}",
    "as many pairs as are allowed": "{customers{nodes{" + " ".join(f"...F{i}" for i in range(95)) + "}}}"
    + "".join(f"fragment F{i} on Customer{{owner{{superior{{superior{{id}}}}}}}}" for i in range(95)),
    "as many fragments as are allowed": "{customers{nodes{" + " ".join(f"...F{i}" for i in range(250)) + "}}}"
    + "".join(f"fragment F{i} on Customer{{a{i}: name}}" for i in range(250)),
    "a chain of fragments": "{customers{nodes{...F0}}}"
    + "".join(f"fragment F{i} on Customer{{a{i}: name ...F{i + 1}}} " for i in range(240))
    + "fragment F240 on Customer{id}",
    "introspection of introspection": "{__schema" + nested("{types{fields{type", 4, "name").replace("}", "}}}")[2:] ,
    "4,000 unknown fields": "{" + " ".join(f"nope{i}" for i in range(4_000)) + "}",
    "5,000 wrong values": "{customers(filter:{name:{in:[" + "1 " * 4_900 + "]}}){nodes{id}}}",
    "a million brackets": "{" * 1_000_000,
    "a million parentheses": "query(" * 200_000,
    "a million list brackets": "{a(x:" + "[" * 1_000_000,
    "a megabyte of one name": "{" + "a" * 1_000_000 + "}",
    "a megabyte of comments": "#\n" * 500_000 + "{viewer{id}}",
    "a megabyte of spreads": "{" + "..." * 300_000 + "}",
    "directives": "{viewer @skip(if: false) {id " + "@skip(if: true) " * 900 + "}}",
    "unused variables": "query(" + " ".join(f"$a{i}: Int" for i in range(1_200)) + "){viewer{id}}",
    "a cycle of fragments": "{...A} fragment A on Query {...B} fragment B on Query {...A}",
}  # fmt: skip


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_document_costs_little(case: str) -> None:
    """Counted in calls: what grows with the square of a document is far beyond this."""
    found, calls = counted(lambda: prepare(HOSTILE[case]))
    assert calls.total() < 4_000_000, calls.most_common(3)
    allowed = case.startswith("as many")
    assert bool(found.errors) != allowed, found.errors[:1]
    assert len(found.errors) <= 21


def document(query: str) -> Prepared:
    return Prepared(parse(query))


def test_documents_kept_are_bounded_in_number() -> None:
    kept = Kept()
    for i in range(prepared.KEPT + 10):
        kept.keep(f"{{a{i}}}", document("{a}"))
    assert len(kept) == prepared.KEPT
    assert kept.get("{a0}") is None
    assert kept.get(f"{{a{prepared.KEPT}}}") is not None


def test_documents_kept_are_bounded_in_weight() -> None:
    kept = Kept()
    for i in range(40):
        kept.keep(f"{{a{i}}}".ljust(10_000), document("{a}"))
    assert kept.characters <= prepared.KEPT_CHARACTERS
    assert len(kept) == prepared.KEPT_CHARACTERS // 10_000
    kept.keep("{a39}".ljust(10_000), document("{a}"))
    assert len(kept) == prepared.KEPT_CHARACTERS // 10_000


def test_a_long_document_is_not_kept() -> None:
    query = "{viewer{id}}".ljust(prepared.LONGEST_KEPT + 1)
    assert prepare(query).errors == ()
    assert prepared.kept.get(query) is None


def test_an_invalid_document_is_not_kept() -> None:
    before = len(prepared.kept)
    assert prepare("{nothing}").errors
    assert len(prepared.kept) == before
