"""Deleting leaves every door but the trash; restoring brings back all of it."""

import threading

from saas.engine.problem import Problem
from saas.engine.registry import ObjectType, object_of
from saas.engine.write.load import Target
from saas.engine.write.remove import delete, restore
from saas.modules.customers.contact import Contact
from saas.modules.customers.customer import Customer
from tests.contracts import doors
from tests.contracts.life import Life
from tests.contracts.sight import Sight
from tests.world import World


def test_a_deleted_record_is_gone_from_all_doors_but_the_trash(deleted: Sight) -> None:
    seen = dict(deleted.own)
    (row,) = seen.pop("in_trash")
    assert row["deletedAt"]
    assert set(seen) == {*doors.READING, *doors.WRITING, "in_trash_before"}
    assert {door: found for door, found in seen.items() if found} == {}


def test_a_restored_record_is_as_it_was(life: Life) -> None:
    assert life.answers["deleted"] == {"id": life.id, "record": None, "problems": []}
    back = life.answers["restored"]
    assert back["problems"] == []
    was = life.answers["changed"]["record"]
    assert back["record"] == was | {"version": 4, "updatedAt": back["record"]["updatedAt"]}
    assert life.answers["out of the trash"] == {"found": back["record"], "trash": {"nodes": []}}


def test_only_what_is_in_the_trash_can_be_restored(life: Life) -> None:
    refused = life.answers["restored alive"]
    assert refused["id"] is None
    assert [(each["code"], each["path"]) for each in refused["problems"]] == [("NOT_FOUND", ["id"])]
    assert life.after == life.before


def test_a_value_may_be_taken_again_once_its_holder_is_deleted(one: ObjectType, life: Life) -> None:
    """And nobody else may take it then: who had it comes back only when it is free again."""
    assert life.answers["twin"]["problems"] == []
    assert life.answers["restored"]["problems"] == []
    if one.unique_keys:
        back = life.answers["restored beside its twin"]
        assert back["id"] is None
        assert life.answers["in the trash"] == {"found": None, "trash": {"nodes": [{"id": life.id}]}}
        told = [(each["code"], each["existingId"]) for each in back["problems"]]
        assert told == [("DUPLICATE", life.answers["twin"]["id"])] * len(one.unique_keys)


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
