"""docs/events.md is carried out: what it declares is declared, and does what the page says."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from saas.engine.events import declared_events
from saas.engine.notifications import kinds
from tests.browsing import work
from tests.engine.reacting import reacting
from tests.schema.notices import give, somebody, told
from tests.world import World

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "events.md").read_text("utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
CREATE = "mutation($name: String!) { x: customerCreate(input: { name: $name }) { id problems { code message } } }"


@pytest.fixture(autouse=True)
def declared() -> Iterator[dict[str, Any]]:
    """The page's own names."""
    before = dict(kinds._kinds)
    names: dict[str, Any] = {"__name__": "the_page"}
    with reacting():
        for block in BLOCKS:
            exec(block, names)  # noqa: S102  # the code of our own page
        yield names
    kinds._kinds.clear()
    kinds._kinds.update(before)


def test_what_the_page_declares_works(world: World) -> None:
    refused = world.garage.ada.ask(CREATE, name="Test")["x"]
    assert refused == {"id": None, "problems": [{"code": "RULE_BROKEN", "message": "This is no customer."}]}
    owner = somebody(world.garage)
    give(world.garage.ada, *[owner] * 3)
    work(world, "bulk")
    (greeted,) = told(owner, kind="customer_greeted")
    assert (greeted["text"], greeted["count"], greeted["facts"]) == (
        "3 customers were greeted.",
        3,
        [{"name": "by", "value": "us"}],
    )


def test_the_events_besides_stand_there() -> None:
    table = set(re.findall(r"`(\w+\.\w+)`", "".join(line for line in PAGE.splitlines() if line.startswith("| `"))))
    assert table == {event.name for event in declared_events()} - {"customer.greeted"}
