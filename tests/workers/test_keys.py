"""A key has a job queued once, and whoever asks relies on one that begins after their commit."""

from saas.engine.jobs import enqueue
from saas.engine.scope import open_scope
from saas.workers import leases
from tests.workers.marks import mark_many, mark_set
from tests.workers.place import Place


def test_behind_one_that_is_being_done_one_more_is_queued_once(place: Place) -> None:
    first = place.later(mark_set, key="tidy", name="first")
    assert place.claim() == [first]
    (held,) = leases.hold(place.cell, place.acme.id, [first], "somebody", 30)
    second = place.later(mark_set, key="tidy", name="second")
    assert second != first
    assert place.later(mark_set, key="tidy", name="third") == second
    assert place.claim() == [second]
    leases.hold(place.cell, place.acme.id, [second], "somebody", 30)
    third = place.later(mark_set, key="tidy", name="third")
    assert third not in (first, second)
    leases.hand_back(place.cell, [held], 0)
    assert place.later(mark_set, key="tidy", name="fourth") == first  # which waits again
    assert set(place.claim()) == {first, third}
    for id_ in (first, third):
        place.performer().perform(place.acme.id, id_)
    assert place.marks() == ["first", "third"]
    assert place.later(mark_set, key="tidy", name="fifth") not in (first, second, third)


def test_while_its_row_is_locked_it_is_being_done(place: Place) -> None:
    first = place.later(mark_set, key="tidy", name="first")
    with place.cell.connect().execution_options(isolation_level="READ COMMITTED") as connection, connection.begin():
        connection.exec_driver_sql(f"SELECT FROM platform.job WHERE id = '{first}' FOR UPDATE")
        second = place.later(mark_set, key="tidy", name="second")
    assert second != first


def test_one_that_waits_does_not_begin_before_who_asked_again_has_committed(place: Place) -> None:
    first = place.later(mark_set, key="tidy", name="first")
    assert place.claim() == [first]
    with open_scope(place.acme, None, write=True) as scope:
        assert enqueue(scope.session, place.acme.id, mark_set, key="tidy", name="second") == first
        place.performer().perform(place.acme.id, first)  # the message came: nothing is begun, nobody waits
        assert place.marks() == []
    place.performer().perform(place.acme.id, first)
    assert place.marks() == ["first"]


def test_many_may_ask_for_the_same_at_once(place: Place) -> None:
    first = place.later(mark_set, key="tidy", name="first")
    with open_scope(place.acme, None, write=True) as one, open_scope(place.acme, None, write=True) as other:
        for scope in (one, other):
            assert enqueue(scope.session, place.acme.id, mark_set, key="tidy", name="second") == first
    assert place.claim() == [first]


def test_a_long_job_at_work_is_the_one(place: Place) -> None:
    first = place.later(mark_many, key="import", total=1, folder="")
    assert place.claim() == [first]
    leases.hold(place.cell, place.acme.id, [first], "somebody", 30)
    assert place.later(mark_many, key="import", total=2, folder="") == first


def test_a_dead_one_keeps_its_key(place: Place) -> None:
    first = place.later(mark_set, key="tidy", name="first")
    place.write("UPDATE platform.job SET dead_at = now() WHERE id = :id", id=first)
    assert place.later(mark_set, key="tidy", name="second") == first
