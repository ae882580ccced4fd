"""Postgres without room: whatever the statement was, the answer is 503 and nothing of the request is kept."""

from collections.abc import Iterator
from contextlib import contextmanager

import httpx2
import pytest

from tests.world import World

ONE = 'mutation { a: customerCreate(input: { name: "%s" }) { id problems { code } } }'
TWO = """mutation { a: customerCreate(input: { name: "half" }) { id }
  b: customerCreate(input: { name: "no room" }) { id problems { code } } }"""


@contextmanager
def refusing(world: World, state: str, when: str) -> Iterator[None]:
    """Inside, writing a customer named `no room` ends as Postgres ends it with this SQLSTATE."""
    kind = "CONSTRAINT TRIGGER" if when == "at commit" else "TRIGGER"
    place = "DEFERRABLE INITIALLY DEFERRED" if when == "at commit" else ""
    schema = world.garage.tenant.schema
    raising = f"BEGIN RAISE EXCEPTION 'no room' USING ERRCODE = '{state}'; END"
    world.sql(
        world.garage,
        f'CREATE FUNCTION "{schema}".refuse() RETURNS trigger LANGUAGE plpgsql AS $$ {raising} $$;'
        f' CREATE {kind} refuse AFTER INSERT ON "{schema}".customer {place} FOR EACH ROW'
        f" WHEN (NEW.name = 'no room') EXECUTE FUNCTION \"{schema}\".refuse()",
    )
    try:
        yield
    finally:
        world.sql(world.garage, f'DROP FUNCTION "{schema}".refuse CASCADE')


def refused(answer: httpx2.Response) -> None:
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    (error,) = answer.json()["errors"]
    assert error["message"] == "Atrium cannot answer this now."
    assert error["extensions"]["code"] == "UNAVAILABLE"
    assert error["extensions"]["requestId"] == answer.headers["x-request-id"]


@pytest.mark.parametrize("when", ["at once", "at commit"])
@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("53100", "The disk of cell main at {place} is full; nothing was written."),
        ("53200", "The memory of cell main at {place} is used up; nothing was written."),
        ("53300", "Postgres does not answer: cell main at {place} (no room)."),
    ],
)
def test_a_write_without_room_is_503_and_the_log_names_the_place(
    world: World, capsys: pytest.CaptureFixture[str], when: str, state: str, said: str
) -> None:
    ada = world.garage.ada
    with refusing(world, state, when):
        refused(ada.http(ONE % "no room"))
        printed = "".join(capsys.readouterr())
        refused(ada.http(TWO))
        assert ada.ask(ONE % f"fits {state} {when}")["a"]["problems"] == []
    assert said.format(place=world.cluster.plain_dsn(world.cell).removeprefix("postgresql://")) in printed
    assert "unexpected error" not in printed
    assert world.sql(world.garage, "SELECT name FROM customer WHERE name IN ('half', 'no room')") == []
    assert ada.ask(ONE % f"fits again {state} {when}")["a"]["problems"] == []
