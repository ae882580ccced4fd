"""Reactions that come later: a job in the same transaction, with ids, as the same actor; and events of one's own."""

import itertools
from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from saas.engine.events import Event, changed, created, deleted, emit, on
from saas.engine.field import Label
from saas.engine.registry import object_of
from saas.engine.scope import Scope, Via, open_scope
from saas.engine.write.create import create
from saas.kit.errors import Conflict
from saas.modules.masters.tag import Tag
from tests.browsing import dispatching, work, worker
from tests.engine.reacting import reacting
from tests.world import World

_numbers = itertools.count(1)
CREATE = "mutation($rows: [TagCreateInput!]!) { tagBulkCreate(inputs: $rows) { items { id problems { code } } } }"
DELETE = "mutation($id: ID!) { tagDelete(id: $id) { id } }"
Seen = list[tuple[UUID, frozenset[str] | None, list[str]]]
admired: Seen = []
mourned: Seen = []
poured: list[Any] = []


def tag_admire(scope: Scope, tags: Sequence[Tag]) -> None:
    """Look at tags, later."""
    admired.append((scope.actor_id, scope.via.scopes, [tag.name for tag in tags]))


def tag_mourn(scope: Scope, tags: Sequence[Tag]) -> None:
    mourned.append((scope.actor_id, scope.via.scopes, [tag.name for tag in tags]))


@pytest.fixture(scope="module", autouse=True)
def reactions() -> Iterator[None]:
    """For tags, so that other files find them as they were."""
    with reacting():
        on(created(Tag), changed(Tag, "name"), later=True, queue="bulk", attempts=1, batch=2)(tag_admire)
        on(deleted(Tag), later=True, queue="bulk")(tag_mourn)
        yield


@pytest.fixture(autouse=True)
def nothing_waits(world: World) -> None:
    work(world, "bulk")
    admired.clear()
    mourned.clear()


def names(number: int) -> list[str]:
    return [f"tag {next(_numbers):03}" for _ in range(number)]


def make(world: World, *tags: str) -> list[str]:
    """Tags that ada makes with one mutation."""
    made = world.garage.ada.ask(CREATE, rows=[{"name": name} for name in tags])["tagBulkCreate"]["items"]
    assert [each["problems"] for each in made] == [[]] * len(tags)
    return [each["id"] for each in made]


def jobs(world: World, task: str = "tag_admire") -> list[Any]:
    statement = "SELECT payload, actor_id, queue, max_attempts FROM platform.job WHERE task = %s ORDER BY id"
    return world.sql(world.garage, statement, task)


def test_records_become_jobs_with_their_ids_in_bounded_chunks(world: World) -> None:
    ids = make(world, *(tags := names(5)))
    assert admired == []
    ada = world.garage.ada.id
    assert jobs(world) == [
        ({"event": "tag.created", "record_ids": ids[start : start + 2]}, ada, "bulk", 1) for start in (0, 2, 4)
    ]
    work(world, "bulk")
    assert sorted(admired, key=str) == [(ada, None, tags[:2]), (ada, None, tags[2:4]), (ada, None, tags[4:])]
    assert jobs(world) == []


def test_a_message_that_comes_twice_does_it_once(world: World) -> None:
    make(world, *(tags := names(1)))
    (job_id,) = [row[0] for row in world.sql(world.garage, "SELECT id FROM platform.job WHERE task = 'tag_admire'")]
    work(world, "bulk")
    with dispatching(world) as cell:
        worker(cell).perform(world.garage.tenant.id, job_id)
    assert [each for _, _, each in admired] == [tags]


def test_it_is_done_with_no_more_than_the_scopes_of_the_writer(world: World) -> None:
    via, ada = Via(scopes=frozenset({"tag:read", "tag:create"})), world.garage.ada
    (name,) = names(1)
    with open_scope(ada.tenant, ada.id, write=True, via=via) as scope:
        (outcome,) = create(scope, object_of(Tag), [{"name": name}])
    assert outcome.problems == []
    work(world, "bulk")
    assert admired == [(ada.id, via.scopes, [name])]


def test_what_is_not_written_has_no_reaction(world: World) -> None:
    (taken,) = names(1)
    make(world, taken)
    work(world, "bulk")
    admired.clear()
    refused = world.garage.ada.ask(CREATE, rows=[{"name": names(1)[0]}, {"name": taken}])["tagBulkCreate"]["items"]
    assert [each["id"] for each in refused] == [None, None]
    assert jobs(world) == []


def test_records_that_are_gone_by_then_are_left_out(world: World) -> None:
    ids = make(world, *(tags := names(4)))
    for id_ in (ids[0], ids[2], ids[3]):
        world.garage.ada.ask(DELETE, id=id_)
    work(world, "bulk")
    assert [each for _, _, each in admired] == [[tags[1]]]


def test_records_that_were_merged_by_then_are_left_out(world: World) -> None:
    ids = make(world, *(tags := names(2)))
    merge = "mutation($into: ID!, $ids: [ID!]!) { tagMerge(into: $into, from: $ids) { id problems { code } } }"
    merged = world.garage.ada.ask(merge, into=ids[0], ids=[ids[1]])["tagMerge"]
    assert (merged["id"], merged["problems"]) == (ids[0], [])
    work(world, "bulk")
    assert [each for _, _, each in admired] == [[tags[0]]]
    assert [each for _, _, each in mourned] == [[tags[1]]]


def test_who_reacts_to_a_deletion_gets_those_that_are_still_deleted(world: World) -> None:
    ids = make(world, *(tags := names(2)))
    for id_ in ids:
        world.garage.ada.ask(DELETE, id=id_)
    world.garage.ada.ask("mutation($id: ID!) { tagRestore(id: $id) { id } }", id=ids[0])
    work(world, "bulk")
    assert [each for _, _, each in mourned] == [[tags[1]]]


def test_it_sees_the_records_as_they_are_then_and_reacts_to_each_event(world: World) -> None:
    (id_,) = make(world, *names(1))
    (name,) = names(1)
    change = "mutation($id: ID!, $name: String!) { tagUpdate(id: $id, input: { name: $name }) { id } }"
    world.garage.ada.ask(change, id=id_, name=name)
    assert [payload["event"] for payload, *_ in jobs(world)] == ["tag.created", "tag.name.changed"]
    work(world, "bulk")
    assert [each for _, _, each in admired] == [[name], [name]]


def test_a_reaction_that_fails_leaves_nothing_and_stays_as_a_dead_job(world: World) -> None:
    with reacting():

        def tag_repaint(scope: Scope, tags: Sequence[Tag]) -> None:
            scope.session.execute(sa.text("UPDATE tag SET colour = '#000000'"))
            raise Conflict("No paint.")

        on(created(Tag), later=True, queue="bulk", attempts=1)(tag_repaint)
        (id_,) = make(world, *names(1))
        work(world, "bulk")
        statement = "SELECT last_error, dead_at IS NOT NULL FROM platform.job WHERE task = 'tag_repaint'"
        assert world.sql(world.garage, statement) == [("Conflict: No paint.", True)]
        assert world.sql(world.garage, "SELECT colour FROM tag WHERE id = %s", id_) == [(None,)]
        world.admin.execute("DELETE FROM platform.job WHERE task = 'tag_repaint'")


def test_an_event_of_ones_own_is_heard_now_and_later(world: World) -> None:
    poured.clear()
    with reacting():

        class PotEmptied(Event, name="pot.emptied", label=Label("Pot emptied", "壶空了")):
            """Somebody drank the last cup."""

            pot_id: UUID
            by: str
            cups: int | None = None

        @on(PotEmptied)
        def pot_is_noticed(_scope: Scope, events: Sequence[PotEmptied]) -> None:
            poured.append([(event.pot_id, event.cups) for event in events])

        @on(PotEmptied, later=True, queue="bulk", label=Label("Refill", "续水"))
        def pot_refill(scope: Scope, events: Sequence[PotEmptied]) -> None:
            poured.append((scope.actor_id, events))

        ada, pots = world.garage.ada, [uuid4(), uuid4()]
        emptied = [PotEmptied(pot_id=pots[0], by="mona", cups=3), PotEmptied(pot_id=pots[1], by="sam")]
        with open_scope(ada.tenant, ada.id, write=True) as scope:
            emit(scope, *emptied)
        assert poured == [[(pots[0], 3), (pots[1], None)]]
        first = {"pot_id": str(pots[0]), "by": "mona", "cups": 3}
        assert next(payload for payload, *_ in jobs(world, "pot_refill")) == first
        work(world, "bulk")
        assert sorted(poured[1:], key=str) == sorted([(ada.id, [each]) for each in emptied], key=str)
