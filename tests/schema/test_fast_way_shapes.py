"""Whatever can be asked goes one way or the other: nothing is refused on the fast way and asked again on the long."""

from collections.abc import Iterator

import pytest

from tests.plans.place import Place, settled
from tests.plans.test_shapes import EVERYBODY, SHAPES
from tests.schema import fast_way
from tests.schema.fast_way import FAST, LONG, Ways, fresh
from tests.world import World

ways, short_way = fast_way.ways, fast_way.short_way
# A record that is not of the type that its id tells is looked for by other means.
NOT_BY_ONE_STATEMENT = {"node", "nodes"}


@pytest.fixture(scope="module")
def place(world: World) -> Iterator[Place]:
    with settled(world) as found:
        yield found


@pytest.mark.parametrize("name", SHAPES)
def test_no_statement_is_refused(place: Place, ways: Ways, name: str) -> None:
    shape = SHAPES[name]
    known = {each: ids[0] for each, ids in place.ids.items() if ids} | {"merged": place.merged}
    variables = {
        each: known.get(value, value) if isinstance(value, str) else value for each, value in shape.variables.items()
    }
    text = fresh(shape.text)
    for person in dict.fromkeys((*shape.by, *EVERYBODY)):
        first = place.people[person].http(text, variables)
        way, again = ways.of(place.people[person], text, variables)
        assert again.content == first.content
        if name.partition("-")[0] in NOT_BY_ONE_STATEMENT:
            continue
        assert way in ([FAST], [LONG]), person
        if way == [LONG]:
            assert (
                "errors" in first.json()
                or "viewer" in text
                or "__" in text
                or "Duplicates" in text
                or not first.json()["data"]
            ), person
