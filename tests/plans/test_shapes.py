"""Each feature of reading in its smallest form, asked every way: with these one debugs.

python -m pytest tests/plans/test_shapes.py -k aliases
"""

from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.plans.agreeing import NOTHING, Answer, Question, agree
from tests.plans.place import Place

FILE = (
    "__typename id name size type checksum state reason createdAt createdById recordIds"
    " downloadUrl soon: downloadUrl(minutes: 1) previewUrl(side: 64)"
)
NODES = "nodes { id name }"
MONEY = "{ amount currency baseAmount }"
ADDRESS = "{ country province city district street street2 postalCode countryName formatted }"
ACCESS = "{ canUpdate canDelete allowedActions hiddenFields maskedFields writableFields }"


@dataclass(frozen=True)
class Shape:
    """What is asked, by whom, with which variables; `errors` are the codes that it must give.

    A variable that is the name of an object stands for the id of its first record.
    """

    text: str
    by: tuple[str, ...] = ("ada",)
    variables: dict[str, Any] = field(default_factory=dict)
    errors: tuple[str, ...] = ()


def one(text: str, *by: str, errors: tuple[str, ...] = (), **variables: Any) -> Shape:
    return Shape(text, by or ("ada",), variables, errors)


EVERYBODY = ("ada", "mona", "sam", "vera", "otto", "pia", "reg", "finn", "mia", "duo", "eve", "rita")
BAD, NO = ("BAD_INPUT",), ("FORBIDDEN",)
SHAPES = {
    # Fields of one record
    "single": one("query($id: ID!) { customer(id: $id) { id name version } }", "ada", "sam", "rita", id="customer"),
    "single-not-there": one('{ customer(id: "00000000-0000-0000-0000-000000000000") { id } }'),
    "single-bad-id": one('{ customer(id: "nonsense") { id } viewer { name } }', errors=BAD),
    "single-forbidden": one("query($id: ID!) { role(id: $id) { name } }", "sam", errors=NO, id="role"),
    "scalars": one("{ contacts { nodes { name birthday isPrimary createdAt notes } } }"),
    "integers": one("{ customers { nodes { foundedYear employeeCount } } }"),
    "decimals": one("{ opportunityLines { nodes { quantity discount } } exchangeRates { nodes { rate validFrom } } }"),
    "moments": one("{ customers { nodes { createdAt updatedAt deletedAt } } }"),
    "enums": one("{ opportunities { nodes { stage } } customers { nodes { kind } } }"),
    "money": one(f"{{ customers {{ nodes {{ annualRevenue {MONEY} creditLimit {{ amount }} }} }} }}", *EVERYBODY[:3]),
    "unit-prices": one(f"{{ products {{ nodes {{ listPrice {MONEY} cost {MONEY} }} }} }}", "ada", "sam", "rita"),
    "choices": one("{ customers { nodes { source { id code label rank } level { label } } } }", "ada", "rita"),
    "addresses": one(f"{{ customers {{ nodes {{ address {ADDRESS} }} }} }}", "ada", "mia", "rita", "vera"),
    "typename": one("{ __typename customers { __typename nodes { __typename owner { __typename } } } }"),
    "masks": one("{ customers { nodes { phone email address { city formatted } } } }", "mia", "finn", "vera"),
    "hidden-by-relation": one("{ customers { nodes { name taxNo creditLimit { amount } } } }", *EVERYBODY),
    "hidden-by-stage": one("{ opportunities { nodes { stage amount { amount } probability } } }", "finn", "duo"),
    "access": one(f"{{ customers {{ nodes {{ access {ACCESS} }} }} }}", *EVERYBODY),
    "access-with-actions": one(f"{{ opportunities {{ nodes {{ stage access {ACCESS} }} }} }}", "ada", "mona", "finn"),
    # What lies behind
    "references": one("{ contacts { nodes { customer { name owner { name department { name } } } } } }", "ada", "sam"),
    "public-titles": one("{ customers { nodes { owner { id name version email access { hiddenFields } } } } }", "eve"),
    "many-references": one("{ customers { nodes { tags { name colour } } } }", "ada", "vera", "sam"),
    "lines": one(
        f"{{ opportunities {{ nodes {{ lines {{ position quantity product {{ name }} amount {MONEY} }} }} }} }}"
    ),
    "lists-below": one("{ customers(first: 9) { nodes { contacts(first: 2) { nodes { name } } } } }", *EVERYBODY),
    "three-lists-deep": one(
        "{ departments { nodes { employees(first: 3) { nodes { customers(first: 2) { nodes { contacts(first: 1)"
        " { nodes { name } totalCount { value } } } } } } } } }",
        "ada",
        "mona",
    ),
    "list-below-filtered": one(
        "{ customers { nodes { contacts(first: 2, filter: { phone: { isNull: false } }, orderBy: { name: DESC },"
        ' search: "ceo") { nodes { name } aggregate { count } pageInfo { hasNextPage endCursor } } } } }'
    ),
    "same-list-twice": one(
        "{ customers { nodes { a: contacts(first: 1) { nodes { name } } b: contacts(last: 1) { nodes { name } } } } }"
    ),
    # Documents
    "aliases": one(
        "{ a: customers(first: 1) { n: nodes { id: name name: id } } b: customers(last: 1) { nodes { id } } }"
    ),
    "merged-fields": one(
        "{ customers(first: 2) { nodes { id owner { id } } } customers(first: 2) { nodes { name owner { name id } } } }"
    ),
    "fragments": one(
        "{ customers(first: 2) { ...P } } fragment P on CustomerConnection { nodes { ...C } totalCount { value } }"
        " fragment C on Customer { name ... { id } ... on Customer { code } ... on Node { id } owner { ...E } }"
        " fragment E on Employee { name }"
    ),
    "skip-and-include": one(
        "query($yes: Boolean!, $no: Boolean = false) { customers(first: 1) { nodes { id @skip(if: true)"
        " name @include(if: $yes) code @include(if: $no) ... @skip(if: $yes) { kind } } }"
        " viewer @skip(if: $yes) { id } }",
        yes=True,
    ),
    "nothing-left": one("{ customers(first: 2) { nodes @skip(if: true) { id } } }"),
    "variables": one(
        "query($n: Int = 3, $none: Int, $f: CustomerFilter, $d: OrderDirection!) { customers(first: $n, last: $none,"
        " filter: $f, orderBy: [{ name: $d }]) { nodes { name } } }",
        f={"kind": {"eq": "COMPANY"}},
        d="DESC",
    ),
    "variable-null": one("query($n: Int = 3) { customers(first: $n) { nodes { name } } }", n=None),
    "variable-inside": one(
        "query($code: String) { customers(filter: { code: { eq: $code, isNull: false } }) { nodes { code } } }"
    ),
    "variable-null-operand": one(
        "query($c: String) { customers(filter: { code: { eq: $c } }) { nodes { code } } }", errors=BAD, c=None
    ),
    "beside": one('{ viewer { name now tenant { timeZone } } __type(name: "Count") { name } tags { nodes { name } } }'),
    # Pages
    "pages": one("{ customers(first: 3) { edges { cursor node { name } } pageInfo { hasNextPage endCursor } } }"),
    "pages-backwards": one("{ customers(last: 3) { edges { cursor } pageInfo { hasPreviousPage startCursor } } }"),
    "page-of-none": one("{ customers(first: 0) { nodes { id } pageInfo { hasNextPage endCursor } } }"),
    "page-too-large": one("{ customers(first: 501) { nodes { id } } tags { nodes { name } } }", errors=BAD),
    "first-and-last": one("{ customers(first: 1, last: 1) { nodes { id } } }", errors=BAD),
    "mistake-below": one("{ customers { nodes { contacts(first: -1) { nodes { id } } } } }", errors=BAD),
    "cursor-broken": one('{ customers(after: "AAAA") { nodes { id } } }', errors=BAD),
    "counts": one("{ customers { totalCount { value exact } few: totalCount(max: 3) { value exact } } }", *EVERYBODY),
    "counts-of-nothing": one("{ customers { totalCount { __typename } tags: totalCount { value @skip(if: true) } } }"),
    "trash": one(
        "{ customers(trash: ONLY) { nodes { name deletedAt } } opportunities(trash: INCLUDE) { totalCount { value } } }"
    ),
    "trash-with-lines": one("{ opportunities(trash: ONLY) { nodes { name lines { quantity } tags { name } } } }"),
    "trash-forbidden": one("{ customers(trash: ONLY) { nodes { id } } }", "vera", errors=NO),
    # Orders, filters, search
    "orders": one(
        "{ customers(orderBy: [{ kind: DESC }, { owner: { name: ASC_NULLS_FIRST } }]) { edges { cursor } } }"
    ),
    "order-of-choices": one(
        "{ customers(orderBy: [{ source: ASC }, { address: { city: DESC } }]) { edges { cursor } } }"
    ),
    "order-hidden": one("{ customers(orderBy: { creditLimit: ASC }) { nodes { id } } }", "vera", errors=NO),
    "order-hidden-in-part": one("{ customers(orderBy: { taxNo: DESC }) { edges { cursor } } }", "sam", "finn", "duo"),
    "filters": one(
        '{ customers(filter: { or: [{ name: { contains: "bri" } }, { not: { kind: { in: [COMPANY, PERSON] } } }]'
        ' creditLimit: { gte: 1 }, createdAt: { between: { from: "2026-01-01T00:00:00Z", to: "2026-12-31T00:00:00Z" } }'
        " }) { nodes { name } } }",
        "ada",
        "finn",
        "rita",
    ),
    "filter-references": one(
        "{ customers(filter: { owner: { isMe: true, isNull: false }, parent: { isNull: true } }) { nodes { name } } }",
        "mona",
        "finn",
    ),
    "filter-lists": one(
        "{ customers(filter: { contacts: { some: { email: { isNull: false } } },"
        ' tags: { none: { name: { eq: "hot" } } },'
        " opportunities: { every: { stage: { ne: LOST } } } }) { nodes { name } } }",
        "ada",
        "finn",
    ),
    "filter-under": one(
        "query($id: ID!) { employees(filter: { department: { under: $id } }) { nodes { name } } }", id="department"
    ),
    "filter-dates": one(
        "{ opportunities(filter: { closeOn: { in: THIS_MONTH }, createdAt: { last: { n: 400, unit: DAY } } })"
        " { nodes { name closeOn } } }",
        "ada",
        "rita",
    ),
    "filter-hidden": one('{ customers(filter: { phone: { eq: "1" } }) { nodes { id } } }', "vera", errors=NO),
    "search-in-list": one(
        '{ customers(search: "远景") { nodes { name } } contacts(search: "bj") { nodes { name } } }', *EVERYBODY[:3]
    ),
    "search-everything": one(
        '{ search(text: "bright", first: 4) { edges { cursor node { __typename id'
        " ... on Customer { name tags { name } } ... on Contact { name customer { name } } } }"
        " pageInfo { hasNextPage endCursor } } }",
        "ada",
        "sam",
        "nick",
    ),
    "search-for-nothing": one('{ search(text: "x") { nodes { id } } }', errors=BAD),
    # Files
    "files-below": one(f"{{ customers {{ nodes {{ id files {{ nodes {{ {FILE} }} }} }} }} }}", *EVERYBODY),
    "files-below-all-told": one(
        "{ customers { nodes { files(first: 1) { __typename edges { __typename cursor node { id name } }"
        " totalCount { value exact } pageInfo { hasNextPage endCursor } } } } }",
        *EVERYBODY[:4],
    ),
    "files-below-asked": one(
        "query($t: String) { customers { nodes { a: files(filter: { type: { startsWith: $t }, size: { gte: 2000 },"
        " not: { state: { in: [PENDING, REFUSED] } } }, orderBy: [{ name: DESC }, { size: ASC }])"
        " { nodes { name type } }"
        ' b: files(search: "bright", last: 1) { nodes { name } totalCount(max: 1) { value exact } } } } }',
        *EVERYBODY[:3],
        t="IMAGE/",
    ),
    "files-below-a-reference": one(
        "{ contacts { nodes { customer { name files { nodes { name } } } } } }", *EVERYBODY[:4]
    ),
    "files-below-a-public-title": one(
        "{ customers { nodes { owner { name files { nodes { id } } } } } }", "eve", "ada"
    ),
    "files-in-the-trash": one("{ customers(trash: INCLUDE) { nodes { deletedAt files { nodes { id } } } } }", "ada"),
    "files-in-groups": one(
        "{ customerGroups(by: [{ id: VALUE }]) { nodes { keys { record { files { nodes { name } } } } } } }",
        "ada",
        "sam",
    ),
    "files-wrong": one("{ customers(first: 3) { nodes { files(first: 501) { nodes { id } } } } }", errors=BAD),
    "search-files": one(
        'query($o: [String!]) { search(text: "bright", objects: $o, first: 5) { edges { cursor node { __typename id'
        f" ... on File {{ {FILE} }} }} }} pageInfo {{ hasNextPage endCursor }} }} }}",
        *EVERYBODY,
        o=["file", "customer"],
    ),
    "search-files-alone": one(
        f'{{ search(text: "报价", objects: ["file"]) {{ nodes {{ id ... on File {{ {FILE} }} }} }} }}',
        *EVERYBODY,
        "nick",
    ),
    # Any record
    "node": one(
        "query($id: ID!) { node(id: $id) { id __typename ... on Node { id } ... on Customer { name tags { name } }"
        " ... on Employee { name email } } }",
        "ada",
        "sam",
        "eve",
        id="customer",
    ),
    "nodes": one(
        "query($a: ID!, $b: ID!, $c: ID!) { nodes(ids: [$a, $b, $c, $a]) { __typename id"
        " ... on Opportunity { stage lines { id } } } }",
        "ada",
        "vera",
        a="opportunity",
        b="customer",
        c="employee",
    ),
    "node-merged": one("query($id: ID!) { node(id: $id) { id ... on Customer { name } } }", id="merged"),
    "duplicates": one(
        f"query($id: ID!) {{ customerDuplicates(id: $id) {{ {NODES} totalCount {{ value }} }} }}",
        "ada",
        "sam",
        id="customer",
    ),
    # Figures and groups
    "aggregate": one(
        "{ opportunities { aggregate { count amount { sum { amount currency } avg { amount } min { amount }"
        " max { amount } } probability { count countDistinct sum avg min max } closeOn { min max }"
        " createdAt { min max } customer { countDistinct } name { count countDistinct } } } }",
        *(name for name in EVERYBODY if name not in ("vera", "eve")),
    ),
    "aggregate-below": one(
        "{ customers { nodes { opportunities { aggregate { count amount { sum { amount } } } } } } }"
    ),
    "groups": one(
        "{ customerGroups(by: [{ kind: VALUE }]) { nodes { keys { kind } count } totalCount { value } } }", "ada", "sam"
    ),
    "groups-by-buckets": one(
        '{ opportunityGroups(by: [{ closeOn: MONTH }, { amount: { step: "1000" } }]) { nodes { keys { closeOn amount'
        f" {MONEY} }} count }} edges {{ cursor }} }} }}",
        "ada",
        "finn",
    ),
    "groups-by-references": one(
        "{ customerGroups(by: [{ owner: { id: VALUE } }, { owner: { department: { name: VALUE } } },"
        " { address: { city: VALUE } }])"
        " { nodes { keys { owner { id record { name email } department { name } } address { city } } count } } }",
        "ada",
        "eve",
        "finn",
    ),
    "groups-by-choices": one(
        "{ customerGroups(by: [{ source: VALUE }, { name: VALUE }]) { nodes { keys { name source { label rank } } } } }"
    ),
    "groups-having": one(
        "{ opportunityGroups(by: [{ stage: VALUE }], having: { count: { gte: 2 }, amount: { sum: { gt: 0 } } },"
        " orderBy: [{ amount: { sum: DESC } }, { keys: { stage: ASC } }], first: 2)"
        " { nodes { keys { stage } aggregate { amount { sum { amount } max { amount } } } }"
        " pageInfo { hasNextPage endCursor } } }",
        "ada",
        "finn",
    ),
    "groups-in-order-of-records": one(
        "{ customerGroups(by: [{ owner: { id: VALUE } }], orderBy: [{ keys: { owner: { name: DESC } } }])"
        " { nodes { keys { owner { record { name } } } } } }",
        "ada",
        "eve",
    ),
    "groups-by-nothing": one("{ customerGroups(by: []) { nodes { count } } }", errors=BAD),
    "groups-hidden": one("{ customerGroups(by: [{ taxNo: VALUE }]) { nodes { count } } }", "vera", errors=NO),
}


@pytest.mark.parametrize("name", SHAPES)
def test_a_shape(place: Place, name: str) -> None:
    shape = SHAPES[name]
    known = {each: ids[0] for each, ids in place.ids.items() if ids} | {"merged": place.merged}
    variables = {
        each: known.get(value, value) if isinstance(value, str) else value for each, value in shape.variables.items()
    }
    for person in shape.by:
        told = agree(place.people[person], Question(shape.text, variables))
        assert tuple(error["code"] for error in told.errors) == shape.errors, (person, told.errors)


def test_the_next_page(place: Place) -> None:
    """A cursor of a real answer; by somebody else, and in another order, it counts for nothing."""
    text = "query($c: String) { customers(first: 3, after: $c%s) { nodes { name } pageInfo { endCursor } } }"
    ada, rita = place.people["ada"], place.people["rita"]
    here: Answer = agree(ada, Question(text % "", {}))
    seen, cursor = [], ""
    for _ in range(3):
        seen += [each["name"] for each in here.data["customers"]["nodes"]]
        cursor = here.data["customers"]["pageInfo"]["endCursor"]
        here = agree(ada, Question(text % "", {"c": cursor}))
    assert len(set(seen)) == 9
    for person, order in ((rita, ""), (ada, ", orderBy: { kind: ASC }")):
        told = agree(person, Question(text % order, {"c": cursor}))
        assert [error["code"] for error in told.errors] == ["BAD_INPUT"]


def test_the_next_page_of_each(place: Place) -> None:
    """A cursor of one record's list, in the lists of all."""
    text = (
        "query($c: String) { customers { nodes { contacts(first: 1, after: $c) { edges { cursor node { name } } } } } }"
    )
    first = agree(place.people["ada"], Question(text, {}))
    pages = [each["contacts"]["edges"] for each in first.data["customers"]["nodes"]]
    cursor = next(edges[0]["cursor"] for edges in pages if edges)
    agree(place.people["ada"], Question(text, {"c": cursor}))


@pytest.mark.parametrize(
    ("text", "variables"),
    [
        ("{ customers(first: 99) { nodes { contacts(first: 99) { nodes { subordinates { nodes { id } } } } } } }", {}),
        ("query($n: Int) { customers(first: $n) { nodes { contacts(first: 9) { nodes { id } } } } }", {"n": "three"}),
        ("query($id: ID!) { customer(id: $id) { id } }", {}),
        ("{ customers { nothing } }", {}),
    ],
    ids=["too-complex", "variable-of-another-type", "variable-missing", "invalid"],
)
def test_what_is_refused_as_a_whole(place: Place, text: str, variables: dict[str, Any]) -> None:
    for accept in ("application/json", "application/graphql-response+json"):
        told = agree(place.people["ada"], Question(text, variables, accept=accept))
        assert told.errors
        assert told.data == NOTHING
