"""`saas import` killed with -9 in the middle of a file, and repeated."""

from pathlib import Path

from saas.engine.transfer.run import CHUNK
from saas.modules.catalog.product import Product
from tests.cli.victim import killed, saas
from tests.world import World


def test_an_import_that_was_killed_has_whole_chunks_and_the_same_file_again_completes_it(
    world: World, tmp_path: Path
) -> None:
    rows, there = 3 * CHUNK, CHUNK + 5
    world.garage.make(Product, code=f"K{there}", name="An older name")
    (tmp_path / "parts.csv").write_text("code,name\n" + "".join(f"K{i},Part {i}\n" for i in range(rows)))
    (tmp_path / "parts.yaml").write_text("object: product\nkey: [code]\ncolumns:\n  code: code\n  name: name\n")
    command = ["import", "garage", str(tmp_path / "parts.csv"), "--mapping", str(tmp_path / "parts.yaml")]
    schema = world.garage.tenant.schema
    killed(
        world.cluster, world.cell, f"SELECT * FROM \"{schema}\".product WHERE code = 'K{there}' FOR UPDATE", *command
    )
    assert world.sql(world.garage, "SELECT count(*) FROM product") == [(CHUNK + 1,)]
    again = saas(*command)
    assert [again[name] for name in ("state", "created", "updated", "unchanged", "refused")] == [
        "done",
        rows - CHUNK - 1,
        1,
        CHUNK,
        0,
    ]
    assert world.sql(world.garage, "SELECT count(*), count(DISTINCT code) FROM product") == [(rows, rows)]
    audits = "SELECT count(*), count(DISTINCT record_id) FROM audit WHERE object = 'product'"
    assert world.sql(world.garage, audits) == [(rows + 1, rows)]  # one for each, and one for the new name
