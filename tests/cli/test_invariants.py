"""`saas invariants`: looks, tells what is broken with the remedy, and leaves with 1 where anything is."""

import json
from typing import Any
from uuid import UUID

import pytest

from saas.cli.main import run
from saas.kit.names import sort_key
from saas.modules.customers.customer import Customer
from tests.world import World, titles

NAME = "customer.texts_match"
Output = pytest.CaptureFixture[str]


@pytest.fixture
def broken(world: World) -> str:
    """A customer of the garage whose name is ordered wrongly."""
    world.sql(world.garage, "DELETE FROM platform.finding")
    id_ = world.garage.make(Customer)
    world.sql(world.garage, "UPDATE customer SET name_sort = 'zzz' WHERE id = %s", id_)
    return str(id_)


@pytest.fixture(autouse=True)
def mended(world: World, broken: str) -> Any:
    yield
    world.sql(world.garage, "DELETE FROM audit WHERE record_id = %s", broken)
    world.sql(world.garage, "DELETE FROM duplicate_key WHERE record_id = %s", broken)
    world.sql(world.garage, "DELETE FROM customer WHERE id = %s", broken)


def told(capsys: Output, *arguments: str) -> tuple[int, list[dict[str, Any]]]:
    """Exit code and rows."""
    capsys.readouterr()
    code = run(["invariants", *arguments, "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_a_check_tells_what_is_broken_and_the_list_remembers_it(capsys: Output, broken: str) -> None:
    code, (row,) = told(capsys, "check", "garage")
    assert code == 1
    assert (row["tenant"], row["invariant"], row["rows"], row["sample"]) == ("garage", NAME, 1, [broken])
    assert row["remedy"] == "saas tenant rebuild garage"
    assert row["note"] == ""
    code, (kept,) = told(capsys, "list")
    assert (code, kept) == (1, row)
    assert told(capsys, "list", "rival") == (0, [])
    assert told(capsys, "check", "rival") == (0, [])


def test_what_is_mended_is_gone_from_the_list(world: World, capsys: Output, broken: str) -> None:
    assert told(capsys, "check", "garage", "--only", NAME)[0] == 1
    right = sort_key(titles[UUID(broken)], person=False)
    world.sql(world.garage, "UPDATE customer SET name_sort = %s WHERE id = %s", right, broken)
    assert told(capsys, "check", "garage", "--only", NAME) == (0, [])
    assert told(capsys, "list") == (0, [])
    code, rows = told(capsys, "list", "--all")
    assert (code, [(each["invariant"], each["rows"]) for each in rows]) == (0, [(NAME, 0)])


def test_people_are_told_in_sentences(capsys: Output, broken: str) -> None:
    assert run(["invariants", "check"]) == 1
    out, err = capsys.readouterr()
    assert "garage  customer.texts_match  1" in out
    assert f"  such as {broken}\n  saas tenant rebuild garage" in out
    assert "rival: " in err
    assert run(["invariants", "check", "rival"]) == 0
    assert capsys.readouterr().out == "All holds in 1 tenant.\n"


def test_an_invariant_that_is_none_is_named(capsys: Output) -> None:
    assert run(["invariants", "check", "garage", "--only", "customer.is_rich"]) != 0
    assert "There is no invariant customer.is_rich." in capsys.readouterr().err
