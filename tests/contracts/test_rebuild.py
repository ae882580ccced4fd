"""What a write keeps beside a record is what making it anew would keep: neither finds anything to mend in the other."""

from uuid import UUID

from saas.engine.jobs import Step
from saas.engine.rebuild import records_rebuild
from saas.engine.registry import ObjectType
from tests.contracts.factory import create, given
from tests.world import World


def test_what_was_just_written_needs_no_mending_and_what_was_lost_comes_back(world: World, one: ObjectType) -> None:
    id_ = create(world.garage.ada, one, given(world.garage, one))["id"]
    rows = f"SELECT ctid::text, to_jsonb(one) FROM {one.name} one WHERE id = %s"
    keys = "SELECT ctid::text, kind, key FROM duplicate_key WHERE record_id = %s ORDER BY 2, 3"
    before = world.sql(world.garage, rows, id_), world.sql(world.garage, keys, id_)
    at = Step({"object": one.name, "after": str(UUID(int=UUID(id_).int - 1))})
    with world.garage.scope() as scope:
        records_rebuild(scope, at)
    assert (world.sql(world.garage, rows, id_), world.sql(world.garage, keys, id_)) == before
    for text in one.record.texts:
        for twin in text.twins:
            lost = "NULL" if one.table.c[twin].nullable else "'lost' || id::text"
            world.sql(world.garage, f"UPDATE {one.name} SET {twin} = {lost} WHERE id = %s", id_)
    world.sql(world.garage, "DELETE FROM duplicate_key WHERE record_id = %s", id_)
    with world.garage.scope() as scope:
        records_rebuild(scope, at)
    after = world.sql(world.garage, rows, id_), world.sql(world.garage, keys, id_)
    assert [[each[1:] for each in part] for part in after] == [[each[1:] for each in part] for part in before]
