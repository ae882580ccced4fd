"""Rows become records: found again by their key, with the rights of whoever imports, chunk by chunk."""

import itertools
from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from saas.engine.access.tables import Access, RowScope
from saas.engine.events import created, on
from saas.engine.registry import object_of
from saas.engine.rules import Broken
from saas.engine.scope import Scope, open_scope
from saas.engine.transfer.mapping import mapping_from
from saas.engine.transfer.report import run_issues
from saas.engine.transfer.run import CHUNK, RunState, Upload, cancel, go_on, perform, start
from saas.engine.write.create import create
from saas.kit.errors import BadInput, Forbidden
from saas.modules.catalog.product import Product
from saas.modules.customers.customer import Customer
from saas.modules.organisation.employee import Employee
from saas.modules.organisation.rights import Grants, employee_assign_roles, role_grant
from saas.modules.organisation.role import Role
from tests.transfer.place import begin, bring, sentences, tally, told
from tests.world import Person, World, limits, rights

_numbers = itertools.count(1)
CUSTOMERS: dict[str, Any] = {"object": "customer", "key": ["code"], "columns": {"code": "code", "name": "name"}}


def with_columns(**columns: Any) -> dict[str, Any]:
    return CUSTOMERS | {"columns": CUSTOMERS["columns"] | columns}


def fresh() -> str:
    """A code that no other test uses."""
    return f"k{next(_numbers)}"


def found(world: World, *codes: str, of: str = "customer") -> list[tuple[Any, ...]]:
    """(code, name, version) in the database."""
    statement = f"SELECT code, name, version FROM {of} WHERE code = ANY(%s) AND deleted_at IS NULL ORDER BY code"
    return world.sql(world.garage, statement, list(codes))


def everything(world: World) -> list[tuple[Any, ...]]:
    """What a dry run must not touch."""
    return [
        world.sql(world.garage, statement)[0]
        for statement in (
            "SELECT count(*), max(version) FROM customer",
            "SELECT count(*), max(version) FROM employee",
            "SELECT count(*) FROM audit",
            "SELECT count(*) FROM principal",
            "SELECT policy_version FROM stamp",
        )
    ]


def test_new_keys_create_known_keys_update_and_equal_rows_change_nothing(world: World) -> None:
    a, b, c = fresh(), fresh(), fresh()
    assert tally(bring(world.garage.tenant, f"code,name\n{a},A\n{b},B\n", CUSTOMERS)[0]) == {"rows": 2, "created": 2}
    audits = world.sql(world.garage, "SELECT count(*) FROM audit")[0][0]
    counts, issues = bring(world.garage.tenant, f"code,name\n{a},A\n{b},Bee\n{c},C\n", CUSTOMERS)
    assert tally(counts) == {"rows": 3, "created": 1, "updated": 1, "unchanged": 1}
    assert issues == []
    assert found(world, a, b, c) == [(a, "A", 1), (b, "Bee", 2), (c, "C", 1)]
    assert world.sql(world.garage, "SELECT count(*) FROM audit")[0][0] == audits + 2


def test_a_key_is_compared_without_case_width_and_accents(world: World) -> None:
    key = fresh()
    bring(world.garage.tenant, f"code,name\n{key},Café\n", CUSTOMERS)
    counts, _ = bring(world.garage.tenant, f"code,name\n{key.upper()},Café\n", CUSTOMERS)
    assert tally(counts) == {"rows": 1, "updated": 1}


def test_every_refused_row_says_why_and_the_others_are_written(world: World) -> None:
    good, long_, mail, other = fresh(), fresh(), fresh(), fresh()
    text = (
        f"code,name,mail,year,kind\n{good},Good,a@b.cc,1999,company\n,Keyless,,,\n{good},Twin,,,\n"
        f"{long_},{'x' * 401},,,\n{mail},Mail,nonsense,,\n{other},,,soon,friend\n{fresh()},Short\n"
    )
    mapping = with_columns(email="mail", founded_year="year", kind="kind")
    counts, issues = bring(world.garage.tenant, text, mapping)
    assert tally(counts) == {"rows": 7, "created": 1, "refused": 6}
    assert sentences(issues) == [
        "3 error REQUIRED Code: it is empty, but it is part of the key.",
        f"4 error DUPLICATE Code: “{good}” stands in line 2 already.",
        "5 error BAD_INPUT Name is longer than 400 characters.",
        "6 error BAD_INPUT E-mail: 'nonsense' is no e-mail address.",
        "7 error BAD_INPUT Founded in: “soon” is no number (the decimal separator is “.”).",
        "7 error BAD_INPUT Kind: “friend” is none of COMPANY, PERSON, AUTHORITY, ASSOCIATION.",
        "8 error BAD_CSV The line has 2 cells, the header has 5.",
    ]
    assert found(world, good, long_, mail, other) == [(good, "Good", 1)]


def test_repeated_rows_collapse_where_the_mapping_says_so_unless_they_differ(world: World) -> None:
    a, b = fresh(), fresh()
    counts, issues = bring(
        world.garage.tenant, f"code,name\n{a},A\n{a},A\n{b},B\n{b},Bee\n", CUSTOMERS | {"unique_rows": True}
    )
    assert tally(counts) == {"rows": 3, "created": 2, "refused": 1}
    assert sentences(issues) == [f"5 error DUPLICATE Code: “{b}” stands in line 4 already, with other values."]


def test_references_are_found_by_name_and_what_is_unknown_or_ambiguous_refuses(world: World) -> None:
    world.garage.make(Employee, name="Twin")
    world.garage.make(Employee, name="Twin")
    a, b, c, d = fresh(), fresh(), fresh(), fresh()
    mapping = with_columns(owner={"column": "owner", "reference": {"by": "name"}, "warn_if_empty": True})
    text = f"code,name,owner\n{a},A,SAM\n{b},B,Nobody\n{c},C,twin\n{d},D,\n"
    counts, issues = bring(world.garage.tenant, text, mapping)
    assert tally(counts) == {"rows": 4, "created": 2, "refused": 2, "warnings": 1}
    assert sentences(issues) == [
        "3 error NOT_FOUND Owner: there is no employee with the name “Nobody”.",
        "4 error AMBIGUOUS Owner: 2 employees have the name “twin”.",
        "5 warning EMPTY_REFERENCE Owner is empty; the record is kept without it.",
    ]
    owner, department = world.sql(world.garage, "SELECT owner_id, department_id FROM customer WHERE code = %s", a)[0]
    assert (owner, department) == (world.garage.sam.id, world.garage.departments["north"])


def test_a_key_that_two_records_have_refuses_the_row(world: World) -> None:
    name = fresh()
    world.garage.make(Customer, name=name)
    world.garage.make(Customer, name=name)
    mapping = {"object": "customer", "key": ["name"], "columns": {"name": "name"}}
    _, issues = bring(world.garage.tenant, f"name\n{name}\n", mapping)
    assert sentences(issues) == [f"2 error AMBIGUOUS Name: 2 customers have the key “{name}”."]


def test_an_empty_cell_clears_unless_the_mapping_skips_it(world: World) -> None:
    key = fresh()
    bring(world.garage.tenant, f"code,name,city\n{key},A,Rome\n", with_columns(language="city"))
    skipping = with_columns(language={"column": "city", "skip_empty": True})
    empty = f"code,name,city\n{key},A,\n"
    assert tally(bring(world.garage.tenant, empty, skipping)[0]) == {"rows": 1, "unchanged": 1}
    assert tally(bring(world.garage.tenant, empty, with_columns(language="city"))[0]) == {"rows": 1, "updated": 1}


def test_rows_without_a_code_are_numbered_once(world: World) -> None:
    """The same file again neither takes their numbers nor gives new ones."""
    mapping = {"object": "product", "key": ["name"], "columns": {"code": "code", "name": "name"}}
    text = "code,name\n,numbered a\nhand-7,numbered b\n,numbered c\n"
    counts, _ = bring(world.garage.tenant, text, mapping)
    assert tally(counts) == {"rows": 3, "created": 3}
    asked = "SELECT code FROM product WHERE name LIKE 'numbered _' ORDER BY name"
    first, by_hand, second = (code for (code,) in world.sql(world.garage, asked))
    assert (by_hand, second) == ("hand-7", f"P-{int(first.removeprefix('P-')) + 1:06}")
    counts, _ = bring(world.garage.tenant, text, mapping)
    assert tally(counts) == {"rows": 3, "unchanged": 3}
    assert world.sql(world.garage, asked) == [(first,), (by_hand,), (second,)]


def test_parents_may_stand_below_their_children_and_circles_are_refused(world: World) -> None:
    a, b, c, d, e, f = (fresh() for _ in range(6))
    mapping = with_columns(parent={"column": "parent", "reference": {"by": "code"}})
    text = f"code,name,parent\n{a},A,{b}\n{b},B,{c}\n{c},C,\n{d},D,{e}\n{e},E,{d}\n{f},F,{d}\n"
    counts, issues = bring(world.garage.tenant, text, mapping)
    assert tally(counts) == {"rows": 6, "created": 3, "refused": 3}
    assert sentences(issues) == [
        "5 error CIRCLE Parent company: this line and others refer to each other.",
        "6 error CIRCLE Parent company: this line and others refer to each other.",
        f"7 error NOT_FOUND Parent company: there is no customer with the code “{d}”.",
    ]
    assert found(world, a, b, c) == [(a, "A", 1), (b, "B", 1), (c, "C", 1)]
    query = "SELECT x.code, y.code FROM customer x JOIN customer y ON y.id = x.parent_id WHERE x.code = ANY(%s)"
    assert sorted(world.sql(world.garage, query, [a, b, c])) == [(a, b), (b, c)]


def test_a_circle_with_records_that_are_there_is_refused(world: World) -> None:
    a, b = fresh(), fresh()
    mapping = with_columns(parent={"column": "parent", "reference": {"by": "code"}})
    bring(world.garage.tenant, f"code,name,parent\n{a},A,{b}\n{b},B,\n", mapping)
    _, issues = bring(world.garage.tenant, f"code,name,parent\n{b},B,{a}\n", mapping)
    assert sentences(issues) == ["2 error CIRCLE Parent company: this would make a circle."]


def test_a_dry_run_tells_the_same_and_changes_nothing(world: World) -> None:
    before = everything(world)
    a, b = fresh(), fresh()
    mapping = {
        "object": "employee",
        "columns": {"code": "code", "name": "name", "superior": {"column": "boss", "reference": {"by": "code"}}},
    }
    text = f"code,name,boss\n{a},Ann,{b}\n{b},Bea,\n{fresh()},Cy,nobody\n"
    tried, issues = bring(world.garage.tenant, text, mapping, dry_run=True)
    assert everything(world) == before
    done, same = bring(world.garage.tenant, text, mapping)
    assert tally(tried) == tally(done) == {"rows": 3, "created": 2, "refused": 1}
    assert sentences(issues) == sentences(same)


@pytest.mark.parametrize(
    ("text", "mapping", "message"),
    [
        ("code,name\nx,\ud800\n", CUSTOMERS, "csv holds half a character"),
        ("code,name\nx,a\0b\n", CUSTOMERS, "Line 2 holds a NUL byte"),
        ("code,name\nx,y\n", with_columns(language={"constant": "a\0b"}), "mapping holds a NUL character"),
        ("code,name\nx,y\n", with_columns(language={"constant": "\udfff"}), "mapping holds half a character"),
    ],
)
def test_what_postgres_cannot_keep_is_refused_as_a_whole(
    world: World, text: str, mapping: dict[str, Any], message: str
) -> None:
    with pytest.raises(BadInput, match=message):
        begin(world.garage.tenant, text, mapping)


def test_a_dry_run_is_limited_in_size(world: World) -> None:
    text = "code,name\n" + "".join(f"d{i},D\n" for i in range(20_001))
    with pytest.raises(BadInput, match=r"A dry run takes at most 20,000 rows, this file has more\."):
        begin(world.garage.tenant, text, CUSTOMERS, dry_run=True)


def test_what_the_importer_may_not_do_is_refused_row_by_row(world: World) -> None:
    sam, hers, his = world.garage.sam, fresh(), fresh()
    world.garage.make(Customer, code=hers, name="Hers", owner_id=world.garage.sue.id)
    mapping = with_columns(owner={"column": "owner", "reference": {"by": "name"}})
    counts, issues = bring(world.garage.tenant, f"code,name,owner\n{hers},Taken,sam\n{his},His,sam\n", mapping, sam)
    assert tally(counts) == {"rows": 2, "created": 1, "refused": 1}
    assert sentences(issues) == ["2 error DUPLICATE Another customer has this code already."]
    counts, issues = bring(world.garage.tenant, f"code,name,owner\n{fresh()},For Sue,sue\n", mapping, sam)
    assert sentences(issues) == ["2 error FORBIDDEN You may not create a customer here, outside of your reach."]
    assert found(world, hers, his) == [(hers, "Hers", 1), (his, "His", 1)]


def test_without_the_right_nothing_begins(world: World) -> None:
    text = f"code,name\n{fresh()},X\n"
    with pytest.raises(Forbidden, match=r"You need the right customer\.create or customer\.update"):
        begin(world.garage.tenant, text, CUSTOMERS, world.garage.vera)
    with pytest.raises(Forbidden, match=r"You need the right customer\.read"):
        begin(world.garage.tenant, text, CUSTOMERS, world.garage.nick)


def test_a_hidden_field_is_refused_and_not_bypassed(world: World) -> None:
    clerk, known, new, plain = clerk_of(world), fresh(), fresh(), fresh()
    world.garage.make(Customer, code=known, name="Known", annual_revenue=Decimal(5))
    text = f"code,name,revenue\n{known},Known,5\n{new},New,5\n{plain},Plain,\n"
    with open_scope(world.garage.tenant, clerk, write=True) as scope:
        mapping = mapping_from(with_columns(annual_revenue={"column": "revenue", "skip_empty": True}))
        run_id = start(scope, Upload("file.csv", text, mapping))
    perform(world.garage.tenant, clerk, run_id)
    with open_scope(world.garage.tenant, clerk, write=False) as scope:
        assert sentences(run_issues(scope, run_id)) == [
            "2 error FORBIDDEN You may not write Annual revenue.",
            "3 error FORBIDDEN You may not write Annual revenue.",
        ]
    assert found(world, known, new, plain) == sorted([(known, "Known", 1), (plain, "Plain", 1)])


def clerk_of(world: World) -> UUID:
    """Somebody who may change all customers and must not know their revenue."""
    with world.garage.scope() as scope:
        (role,) = create(scope, object_of(Role), [{"name": fresh()}])
        (person,) = create(scope, object_of(Employee), [{"name": "clerk"}])
        assert isinstance(role.record, Role)
        assert isinstance(person.record, Employee)
        seeing = rights(RowScope.ALL, "employee", operations=("read",))
        grants = Grants(rights(RowScope.ALL, "customer") | seeing, limits("customer", "finance", Access.HIDDEN))
        role_grant(scope, role.record, grants)
        employee_assign_roles(scope, person.record, {role.record.id: None})
        return person.record.id


def test_refused_rows_do_not_keep_the_rest_of_their_chunk_out(world: World) -> None:
    codes = [fresh() for _ in range(CHUNK)]
    text = "code,name,year\n" + "".join(f"{code},{code},{'x' if i % 3 else 1990}\n" for i, code in enumerate(codes))
    counts, _ = bring(world.garage.tenant, text, with_columns(founded_year="year"))
    good = len(range(0, CHUNK, 3))
    assert tally(counts) == {"rows": CHUNK, "created": good, "refused": CHUNK - good}


@on(created(Product))
def cursed_products_stay_out(_scope: Scope, products: Sequence[Product]) -> None:
    """A reaction that stops a whole batch without telling which of its records is meant."""
    if any(product.name == "Cursed" for product in products):
        raise Broken("This is cursed.")
    if any(product.name == "Guarded" for product in products):
        raise Forbidden("This is guarded.")


def test_a_row_that_a_reaction_stops_is_found_among_the_others(world: World) -> None:
    codes = [fresh() for _ in range(50)]
    text = "code,name\n" + "".join(f"{code},{'Cursed' if i == 33 else 'Fine'}\n" for i, code in enumerate(codes))
    counts, issues = bring(world.garage.tenant, text, CUSTOMERS | {"object": "product"})
    assert tally(counts) == {"rows": 50, "created": 49, "refused": 1}
    assert sentences(issues) == ["35 error RULE_BROKEN This is cursed."]


def test_what_a_reaction_forbids_is_not_kept(world: World) -> None:
    key = fresh()
    counts, issues = bring(world.garage.tenant, f"code,name\n{key},Guarded\n", CUSTOMERS | {"object": "product"})
    assert (tally(counts), sentences(issues)) == ({"rows": 1, "refused": 1}, ["2 error FORBIDDEN This is guarded."])
    assert found(world, key, of="product") == []


def test_a_key_beyond_all_numbers_refuses_its_row_alone(world: World) -> None:
    a, b = fresh(), fresh()
    mapping = with_columns(founded_year="year") | {"key": ["code", "founded_year"]}
    counts, issues = bring(world.garage.tenant, f"code,name,year\n{a},A,{'9' * 30}\n{b},B,1999\n", mapping)
    assert tally(counts) == {"rows": 2, "created": 1, "refused": 1}
    assert sentences(issues) == [f"2 error BAD_INPUT Founded in: “{'9' * 30}” is out of range."]


def test_a_run_that_is_called_off_keeps_what_is_in_and_says_so(world: World) -> None:
    codes = [fresh() for _ in range(2 * CHUNK + 1)]
    sam, text = world.garage.sam, "code,name\n" + "".join(f"{code},N\n" for code in codes)
    run_id = begin(world.garage.tenant, text, CUSTOMERS, sam)
    with open_scope(world.garage.tenant, sam.id, write=True) as scope:
        assert go_on(scope, run_id)
    with open_scope(world.garage.tenant, world.garage.sue.id, write=True) as scope:
        assert not cancel(scope, run_id)
    with open_scope(world.garage.tenant, sam.id, write=True) as scope:
        assert cancel(scope, run_id)
        assert not cancel(scope, run_id)
    perform(world.garage.tenant, sam.id, run_id)
    report, _ = told(world.garage.tenant, run_id, sam)
    assert report.state is RunState.CANCELLED
    assert report.reason == f"Called off after {CHUNK} of {2 * CHUNK + 1:,} rows; what is in stays."
    assert len(found(world, *codes)) == report.counts.created == CHUNK


def test_a_chunk_that_fails_is_undone_alone_and_the_run_says_so(world: World) -> None:
    codes = [fresh() for _ in range(CHUNK + 2)]
    text = "code,name\n" + "".join(f"{code},{'Boom' if i == CHUNK + 1 else 'N'}\n" for i, code in enumerate(codes))
    world.sql(world.garage, "ALTER TABLE customer ADD CONSTRAINT no_boom CHECK (name <> 'Boom')")
    run_id = begin(world.garage.tenant, text, CUSTOMERS)
    try:
        with pytest.raises(Exception, match="no_boom"):
            perform(world.garage.tenant, None, run_id)
    finally:
        world.sql(world.garage, "ALTER TABLE customer DROP CONSTRAINT no_boom")
    report, issues = told(world.garage.tenant, run_id)
    assert report.state is RunState.FAILED
    assert report.reason == f"Failed (IntegrityError) after {CHUNK} of {CHUNK + 2} rows; what is in stays."
    assert len(found(world, *codes)) == CHUNK
    assert issues == []


def test_nobody_else_sees_an_import_nor_its_issues(world: World) -> None:
    run_id = begin(world.garage.tenant, f"code,name\n{fresh()},A\n", CUSTOMERS, world.garage.sam)
    strangers: list[Person] = [world.garage.ada, world.rival.rita]
    for stranger in strangers:
        with pytest.raises(AssertionError):
            told(stranger.tenant, run_id, stranger)


def test_the_same_file_goes_into_two_companies_without_meeting(world: World) -> None:
    key = fresh()
    text = f"code,name\n{key},Both\n"
    for company in (world.garage, world.rival):
        assert tally(bring(company.tenant, text, CUSTOMERS)[0]) == {"rows": 1, "created": 1}
    query = "SELECT id FROM customer WHERE code = %s"
    assert len({world.sql(company, query, key)[0] for company in (world.garage, world.rival)}) == 2


def test_the_file_is_not_kept_when_all_is_done(world: World) -> None:
    bring(world.garage.tenant, f"code,name\n{fresh()},A\n", CUSTOMERS)
    over = "SELECT count(*) FROM import_row JOIN import_run ON id = run_id WHERE state NOT IN ('queued', 'running')"
    assert world.sql(world.garage, over) == [(0,)]


def test_entries_of_a_dictionary_are_named_by_code_or_label_in_either_language(world: World) -> None:
    text = "code,name,source\ndi1,A,fair\ndi2,B,TRADE FAIR\ndi3,C,展会\ndi4,D,hearsay\n"
    columns = {"code": "code", "name": "name", "source": "source"}
    counts, issues = bring(world.garage.tenant, text, {"object": "customer", "key": ["code"], "columns": columns})
    assert tally(counts) == {"rows": 4, "created": 3, "refused": 1}
    assert [(issue.line, issue.field) for issue in issues] == [(5, "source")]
    found = world.sql(world.garage, "SELECT source FROM customer WHERE code IN ('di1', 'di2', 'di3')")
    assert found == [("fair",)] * 3


def test_what_may_be_there_already_is_warned_of_as_in_a_single_write(world: World) -> None:
    first, second, third = fresh(), fresh(), fresh()
    text = f"code,name,phone\n{first},Zwilling GmbH,+49 40 7654321\n"
    bring(world.garage.tenant, text, with_columns(phone="phone"))
    again = f"code,name,phone\n{second},Zwilling,+49 40 7654321\n{third},Nobody like it,\n"
    counts, issues = bring(world.garage.tenant, again, with_columns(phone="phone"))
    assert tally(counts) == {"rows": 2, "created": 2, "warnings": 2}
    assert sentences(issues) == [
        "2 warning DUPLICATE Another customer has the same name, or nearly.",
        "2 warning DUPLICATE Another customer has the same phone, or nearly.",
    ]
