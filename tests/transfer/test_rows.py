"""The order of rows that refer to each other, and what happens to keys that repeat."""

from saas.engine.scope import open_scope
from saas.engine.transfer.mapping import mapping_from
from saas.engine.transfer.plan import plan_for
from saas.engine.transfer.rows import START, Line, next_lines
from tests.transfer.place import begin
from tests.world import World

MANY = 3_000


def arranged(world: World, text: str) -> list[Line]:
    """The rows in the order in which chunk after chunk would write them."""
    reference = {"column": "parent", "reference": {"by": "code"}}
    mapping = {"object": "department", "columns": {"code": "code", "name": "name", "parent": reference}}
    run_id = begin(world.garage.tenant, "code,name,parent\n" + text, mapping)
    plan, place, lines = plan_for(mapping_from(mapping), ("code", "name", "parent")), START, list[Line]()
    with open_scope(world.garage.tenant, None, write=False) as scope:
        while some := next_lines(scope, run_id, plan, place, MANY):
            assert len({line.place[0] for line in some}) == 1
            lines += some
            place = some[-1].place
    return lines


def order(lines: list[Line]) -> list[tuple[int, str]]:
    """(level, code or code of the refusal), as they will be written."""
    return [(line.place[0], line.refused.code if line.refused else line.texts[0]) for line in lines]


def test_whoever_is_referred_to_comes_first(world: World) -> None:
    assert order(arranged(world, "a,A,b\nb,B,c\nc,C,\nd,D,c\n")) == [(0, "c"), (1, "b"), (1, "d"), (2, "a")]


def test_a_circle_is_refused_and_what_hangs_below_it_comes_last(world: World) -> None:
    assert order(arranged(world, "a,A,b\nb,B,a\nc,C,b\nd,D,c\ne,E,\nf,F,f\n")) == [
        (0, "CIRCLE"),
        (0, "CIRCLE"),
        (0, "e"),
        (0, "CIRCLE"),
        (1, "c"),
        (1, "d"),
    ]


def test_long_chains_and_long_circles_are_arranged_as_well(world: World) -> None:
    number = 400
    chain = arranged(world, "".join(f"k{i},K,k{i + 1}\n" for i in range(number)))
    circle = arranged(world, "".join(f"k{i},K,k{(i + 1) % number}\n" for i in range(number)))
    assert [chain[0].place[0], chain[-1].place[0]] == [0, number - 1]
    assert {line.refused.code for line in circle if line.refused} == {"CIRCLE"}
    assert all(line.refused for line in circle)
