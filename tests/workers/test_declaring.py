"""A job is checked when it is declared: its name, its parameters, its place."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from saas.engine.jobs import ATOMIC, LONG, OUTSIDE, QUEUES, Job, JobKind, Step, arguments, job, job_named
from saas.engine.scope import Scope
from saas.kit.errors import BadConfig
from saas.workers.pools import pools
from tests.workers.marks import mark_clash, mark_set


def shelf_fill(scope: Scope, record: dict[str, str]) -> None: ...


def shelf_empty(scope: Scope, *names: str) -> None: ...


def shelf_turn(step: Step, scope: Scope) -> None: ...


def shelf_count(scope: Scope) -> None: ...


def shelf(scope: Scope) -> None: ...


PLACE = "Job tests.workers.test_declaring."


@pytest.mark.parametrize(
    ("function", "kind", "sentence"),
    [
        (shelf_fill, ATOMIC, "shelf_fill: parameter 'record' is not an id."),
        (shelf_empty, ATOMIC, "shelf_empty: parameter 'names' is not an id."),
        (shelf_turn, ATOMIC, "shelf_turn: it must begin with (scope, …)."),
        (shelf_count, LONG, "shelf_count: it must begin with (scope, step, …)."),
        (shelf, ATOMIC, "shelf: the name is not `<object>_<verb>`."),
    ],
)
def test_a_wrong_declaration_names_its_place(function: Callable[..., None], kind: JobKind, sentence: str) -> None:
    with pytest.raises(BadConfig) as refused:
        job(kind=kind)(function)
    assert refused.value.message == PLACE + sentence


def test_a_second_job_with_the_same_name_is_refused() -> None:
    with pytest.raises(BadConfig) as refused:
        job()(mark_set.function)
    assert refused.value.message == "Job tests.workers.marks.mark_set: tests.workers.marks.mark_set has the same name."


@pytest.mark.parametrize(("facts", "what"), [({"attempts": 0}, "attempts=0"), ({"queue": "A b"}, "'A b'")])
def test_wrong_facts_are_refused(facts: dict[str, Any], what: str) -> None:
    with pytest.raises(BadConfig, match=what):
        job(**facts)(shelf_count)


def test_a_job_is_found_by_its_name() -> None:
    assert job_named("mark_set") is mark_set
    assert job_named("mark_unset") is None


def test_a_parameter_that_this_release_no_longer_has_is_left_out() -> None:
    id_ = "0195e5a0-0000-86ff-8000-000000000001"
    assert arguments(mark_clash, {"id": id_, "gone": 1}) == {"id": UUID(id_)}


def test_a_declared_job_called_directly_is_the_plain_function() -> None:
    def basket_count(scope: Scope, more: int) -> int:
        return more + 1

    declared: Job[Any] = Job(basket_count, "basket_count", ATOMIC, "interactive", 1, {"more": (int,)}, frozenset())
    assert declared(None, more=1) == 2


def shelf_call(scope: Scope, name: str) -> str:
    return name


def answered(request: str, key: str) -> str:
    return request + key


def ended(scope: Scope, result: str) -> None: ...


def ended_of_another(scope: Scope, result: str, colour: str) -> None: ...


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"kind": OUTSIDE}, "shelf_call: an outside call needs call and done."),
        ({"kind": OUTSIDE, "call": answered}, "shelf_call: an outside call needs call and done."),
        ({"call": answered}, "shelf_call: call, done, look_up and repeatable are for outside calls."),
        ({"repeatable": True}, "shelf_call: call, done, look_up and repeatable are for outside calls."),
        (
            {"kind": OUTSIDE, "call": answered, "done": ended_of_another},
            "shelf_call: tests.workers.test_declaring.ended_of_another takes colour, which the job has not.",
        ),
        ({"kind": OUTSIDE, "call": answered, "done": ended, "batch": 2}, "shelf_call: batch=2."),
        ({"batch": 0}, "shelf_call: batch=0."),
        ({"queue": "post"}, "shelf_call: there is no queue 'post'."),
    ],
)
def test_a_wrong_outside_call_batch_or_queue_is_refused(facts: dict[str, Any], sentence: str) -> None:
    with pytest.raises(BadConfig) as refused:
        job(**facts)(shelf_call)
    assert refused.value.message == PLACE + sentence
    assert job_named("shelf_call") is None


@pytest.mark.parametrize(
    ("threads", "queues", "expected"),
    [
        (4, QUEUES, [(("interactive", "workflow"), 4), (("mail", "sms"), 2), (("webhook",), 8), (("bulk",), 2)]),
        (1, ("mail", "bulk"), [(("mail",), 1), (("bulk",), 1)]),
        (8, ("interactive",), [(("interactive",), 8)]),
    ],
)
def test_each_class_of_queues_has_threads_of_its_own(threads: int, queues: tuple[str, ...], expected: Any) -> None:
    assert [(pool.queues, pool.threads) for pool in pools(threads, queues)] == expected
