"""Changed records go back into their tables by one statement for all that change alike, and only what did change."""

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from saas.engine.changed import write_changed
from saas.engine.scope import Scope
from saas.modules.customers.customer import Customer
from saas.modules.masters.tag import Tag
from saas.tenants.waiting import Savepoint, send
from tests.contracts.statements import counted
from tests.world import World


def read(scope: Scope, ids: Sequence[UUID]) -> list[Customer]:
    found = scope.session.execute(sa.select(Customer).where(Customer.id.in_(ids)).order_by(Customer.id))
    return list(found.scalars())


def stored(world: World, ids: Sequence[UUID]) -> list[tuple[str, int, str | None]]:
    rows = world.sql(
        world.garage, "SELECT name, version, language FROM customer WHERE id = ANY(%s) ORDER BY id", [list(ids)]
    )
    return [(name, version, language) for name, version, language in rows]


@pytest.fixture
def three(world: World) -> list[UUID]:
    names = ("Ähren, Ltd.", "客户 \\ 100 %", 'O\'Hara "and" sons')
    return sorted(world.garage.make_many(Customer, [{"name": name, "language": "German"} for name in names]))


def test_those_that_change_alike_share_a_statement(world: World, three: list[UUID]) -> None:
    with world.garage.scope() as scope:
        records = read(scope, three)
        before = [record.name for record in records]
        for record in records:
            record.language = f"of {record.name}"
        with counted() as sent:
            write_changed(scope.session)
            write_changed(scope.session)  # nothing is left to write
            send(scope.session)
        assert [each.split()[:2] for each in sent] == [["UPDATE", "customer"]]
        assert not scope.session.dirty
    assert stored(world, three) == [(name, 2, f"of {name}") for name in before]
    folded = world.sql(
        world.garage, "SELECT count(*) FROM customer WHERE language_folded LIKE 'of %%' AND id = ANY(%s)", [three]
    )
    assert folded == [(3,)]


def test_each_keeps_what_it_was_not_told_to_change(world: World, three: list[UUID]) -> None:
    with world.garage.scope() as scope:
        one, other, same = read(scope, three)
        one.language, other.employee_count, same.language = None, 7, "German"
        with counted() as sent:
            write_changed(scope.session)
            send(scope.session)
        assert len(sent) == 2
    rows = world.sql(
        world.garage, "SELECT version, language, employee_count FROM customer WHERE id = ANY(%s) ORDER BY id", [three]
    )
    assert rows == [(2, None, None), (2, "German", 7), (1, "German", None)]


def test_a_query_finds_what_was_changed_before_it(world: World, three: list[UUID]) -> None:
    with world.garage.scope() as scope:
        (first, *_) = read(scope, three)
        first.name = "Found by its new name"
        found = scope.session.execute(sa.select(Customer.version).where(Customer.name == "Found by its new name"))
        assert found.scalars().all() == [2]


def test_what_a_constraint_refuses_is_told_when_it_is_sent_and_taken_back_alone(world: World) -> None:
    kept, taken = world.garage.make_many(Tag, [{"name": "Kept and new"}, {"name": "Already taken"}])
    with world.garage.scope() as scope:
        tag = scope.session.get_one(Tag, kept)
        tag.name = "Kept and newer"
        place = Savepoint(scope.session)
        other = scope.session.get_one(Tag, taken)
        other.name = "kept and NEWER"
        write_changed(scope.session)
        with pytest.raises(IntegrityError, match="uq_tag"):
            send(scope.session)
        place.undo()
        assert list(scope.session.identity_map.values()) == []
    rows = world.sql(world.garage, "SELECT name, version FROM tag WHERE id = ANY(%s) ORDER BY name", [[kept, taken]])
    assert rows == [("Already taken", 1), ("Kept and newer", 2)]


def test_grams_are_written_with_a_text_that_is_searched_only(world: World, three: list[UUID]) -> None:
    def sent_after(name: str, value: str) -> str:
        with world.garage.scope() as scope:
            for record in read(scope, three[:1]):
                setattr(record, name, value)
            with counted() as sent:
                write_changed(scope.session)
                send(scope.session)
        (statement,) = sent
        return statement

    assert "search_grams" not in sent_after("language", "Danish")
    assert "search_grams" in sent_after("website", "zyx.example")
    rows = world.sql(
        world.garage, "SELECT language_folded, 'zyx' = ANY(search_grams) FROM customer WHERE id = %s", three[0]
    )
    assert rows == [("danish", True)]


def test_a_single_record_takes_any_value(world: World, three: list[UUID]) -> None:
    text = 'it\'s \\ 100 %s "客户" $1'
    with world.garage.scope() as scope:
        (first,) = read(scope, three[:1])
        first.language, first.employee_count, first.annual_revenue = text, -1, Decimal("12.5")
    rows = world.sql(
        world.garage, "SELECT language, employee_count, annual_revenue FROM customer WHERE id = %s", three[0]
    )
    assert rows == [(text, -1, Decimal("12.5000"))]
