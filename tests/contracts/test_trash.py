"""Deleting leaves every door but the trash; restoring brings back all of it."""

import threading

from saas.engine.problem import Problem
from saas.engine.registry import ObjectType, object_of
from saas.engine.write.load import Target
from saas.engine.write.remove import delete, restore
from saas.modules.customers.contact import Contact
from saas.modules.customers.customer import Customer
from tests.contracts import doors
from tests.contracts.factory import create, given, made, write
from tests.contracts.ledger import marks
from tests.world import World


def test_a_deleted_record_is_gone_from_all_doors(world: World, one: ObjectType) -> None:
    garage, ada = world.garage, world.garage.ada
    id_ = made(garage, one)
    assert not doors.in_trash(garage, ada, one, id_)
    gone = write(ada, one, "Delete", id=str(id_))
    assert gone == {"id": str(id_), "record": None, "problems": []}
    for name, door in (doors.READING | doors.WRITING).items():
        assert not door(garage, ada, one, id_), name
    (row,) = doors.in_trash(garage, ada, one, id_)
    assert row["deletedAt"]


def test_a_restored_record_is_as_it_was(world: World, one: ObjectType) -> None:
    ada = world.garage.ada
    record = create(ada, one, given(world.garage, one))["record"]
    assert write(ada, one, "Delete", id=record["id"], version=1)["id"] == record["id"]
    back = write(ada, one, "Restore", id=record["id"], version=2)
    assert back["problems"] == []
    assert back["record"] == record | {"version": 3, "updatedAt": back["record"]["updatedAt"]}
    assert not doors.in_trash(world.garage, ada, one, record["id"])


def test_only_what_is_in_the_trash_can_be_restored(world: World, one: ObjectType) -> None:
    id_ = made(world.garage, one)
    before = marks(world, world.garage)
    refused = write(world.garage.ada, one, "Restore", id=str(id_))
    assert refused["id"] is None
    assert [(p["code"], p["path"]) for p in refused["problems"]] == [("NOT_FOUND", ["id"])]
    assert marks(world, world.garage) == before


def test_a_value_may_be_taken_again_once_its_holder_is_deleted(world: World, one: ObjectType) -> None:
    ada = world.garage.ada
    values = given(world.garage, one)
    first = create(ada, one, values)["id"]
    assert write(ada, one, "Delete", id=first)["problems"] == []
    second = create(ada, one, values)
    assert second["problems"] == []
    unique = one.unique_keys
    back = write(ada, one, "Restore", id=first)
    if unique:
        assert back["id"] is None
        assert {p["code"] for p in back["problems"]} == {"DUPLICATE"}
        assert {p["existingId"] for p in back["problems"]} == {second["id"]}
        assert len(back["problems"]) == len(unique)
        assert doors.in_trash(world.garage, ada, one, first)
    else:
        assert back["id"] == first


def test_what_a_restored_record_hangs_on_is_not_deleted_meanwhile(world: World) -> None:
    """Who deletes the customer while a contact of it comes back waits, and then takes the contact along."""
    customer = world.garage.make(Customer)
    contact = world.garage.make(Contact, customer_id=customer)
    found: list[Problem] = []

    def delete_customer() -> None:
        with world.garage.scope() as other:
            found.extend(delete(other, object_of(Customer), [Target(customer)])[0].problems)

    deleting = threading.Thread(target=delete_customer)
    with world.garage.scope() as scope:
        delete(scope, object_of(Contact), [Target(contact)])
    with world.garage.scope() as scope:
        assert restore(scope, object_of(Contact), [Target(contact)])[0].id == contact
        deleting.start()
        deleting.join(0.3)
        assert deleting.is_alive()
    deleting.join()
    kept_ = "SELECT deleted_at IS NULL FROM contact WHERE id = %s UNION ALL SELECT deleted_at IS NULL FROM customer"
    assert found == []
    assert world.sql(world.garage, f"{kept_} WHERE id = %s", contact, customer) == [(False,), (False,)]
