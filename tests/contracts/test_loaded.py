"""Records that are loaded to be written are what SQLAlchemy reads of them."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from saas.engine.record import Record
from saas.engine.registry import ObjectType, object_of
from saas.engine.scope import Scope
from saas.engine.write.load import Target, load
from saas.engine.write.outcome import Outcome
from saas.modules.customers.customer import Customer
from tests.world import World


def loaded(scope: Scope, one: ObjectType, id_: UUID) -> Record:
    outcome = Outcome()
    row = load(scope, one, "update", [Target(id_)], [outcome])[id_]
    assert (row.may, outcome.problems) == (True, [])
    record: Record = row[0]
    return record


def values(record: Record) -> Mapping[str, tuple[type, Any]]:
    found = {column.name: getattr(record, column.name) for column in record.__table__.columns}
    return {name: (type(value), value) for name, value in found.items()}


def test_every_column_is_what_it_is(world: World, one: ObjectType, hundred: list[str]) -> None:
    id_ = UUID(hundred[0])
    with world.garage.scope() as scope:
        read = values(scope.session.execute(sa.select(one.record).where(one.record.id == id_)).scalar_one())
    with world.garage.scope() as scope:
        record = loaded(scope, one, id_)
        assert values(record) == read
        assert (record in scope.session, list(scope.session.dirty)) == (True, [])


def test_one_that_was_read_before_is_the_same_and_as_it_is_now(world: World) -> None:
    one = object_of(Customer)
    id_ = world.garage.make(Customer, language="Finnish", employee_count=3)
    with world.garage.scope() as scope:
        before = scope.session.get_one(Customer, id_)
        world.sql(world.garage, "UPDATE customer SET language = 'Danish' WHERE id = %s", id_)
        assert loaded(scope, one, id_) is before
        assert (before.language, before.employee_count) == ("Danish", 3)


def test_what_was_set_before_it_is_loaded_is_written(world: World) -> None:
    one = object_of(Customer)
    id_ = world.garage.make(Customer)
    with world.garage.scope() as scope:
        scope.session.get_one(Customer, id_).language = "Welsh"
        record = loaded(scope, one, id_)
        assert (values(record)["language"], record.version) == ((str, "Welsh"), 2)
