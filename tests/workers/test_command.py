"""`saas jobs` and the refusals of `saas worker`: as an operator sees all tenants of all cells."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from saas.cli.main import run
from saas.gateways.heartbeat import Heartbeat, Heartbeats
from saas.kit import clock
from saas.kit.settings import settings
from saas.workers import leases
from tests.workers.doings import mark_bulk
from tests.workers.marks import mark_fail, mark_set
from tests.workers.place import Place

Capture = pytest.CaptureFixture[str]


def told(capsys: Capture, *arguments: str) -> Any:
    """What `saas jobs … --json` prints."""
    capsys.readouterr()
    assert run(["jobs", *arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def said(capsys: Capture, *arguments: str) -> tuple[int, str]:
    """The exit code, and the sentences on both outputs."""
    capsys.readouterr()
    code = run(list(arguments))
    printed = capsys.readouterr()
    return code, printed.out + printed.err


def dead(place: Place, name: str = "one") -> UUID:
    job_id = place.later(mark_fail, name=name)
    for _ in range(2):
        place.attempt(job_id)
    return job_id


@pytest.fixture
def three(place: Place) -> tuple[UUID, UUID, UUID]:
    """One that is dead, one that is held, one that waits."""
    dead_id = dead(place)
    held = place.later(mark_set, name="held")
    place.claim()
    leases.hold(place.cell, place.acme.id, [held], "worker:1", 30)
    return dead_id, held, place.later(mark_bulk, name="x", folder="", run_at=clock.now() + timedelta(hours=1))


def test_the_list_tells_all_or_those_that_are_asked_for(
    place: Place, three: tuple[UUID, UUID, UUID], capsys: Capture
) -> None:
    ids = [str(each) for each in three]
    assert {one["id"]: one["state"] for one in told(capsys, "list")} == dict(
        zip(ids, ["dead", "running", "queued"], strict=True)
    )
    for choice, expected in (
        (["--state", "dead"], [0]),
        (["--state", "running"], [1]),
        (["--queue", "bulk"], [2]),
        (["--task", "mark_set"], [1]),
        (["--tenant", "rival"], []),
        (["--tenant", "acme", "--state", "queued", "--cell", "main"], [2]),
    ):
        assert [one["id"] for one in told(capsys, "list", *choice)] == [ids[number] for number in expected]
    assert len(told(capsys, "list", "--limit", "1")) == 1
    _, table = said(capsys, "jobs", "list", "--state", "dead")
    heads, row = table.splitlines()
    assert heads.split() == ["ID", "TENANT", "TASK", "QUEUE", "STATE", "ATTEMPTS", "DUE", "ERROR"]
    assert row.split()[:6] == [ids[0], "acme", "mark_fail", "interactive", "dead", "2/2"]
    assert "secret" not in table


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "No jobs wait."),
        (["--state", "dead"], "No jobs are dead."),
        (["--state", "dead", "--tenant", "acme", "--queue", "mail"], "No jobs are dead of tenant acme in queue mail."),
    ],
)
def test_where_there_are_none_it_says_so(place: Place, capsys: Capture, arguments: list[str], sentence: str) -> None:
    assert said(capsys, "jobs", "list", *arguments) == (0, sentence + "\n")
    assert told(capsys, "list", *arguments) == []


def test_one_is_shown_with_all_that_is_known(place: Place, capsys: Capture) -> None:
    job_id = dead(place)
    shown = told(capsys, "show", str(job_id))
    assert (shown["tenant"], shown["cell"], shown["trace"], shown["attempts"]) == ("acme", "main", "asked", 2)
    assert shown["payload"] == {"name": "one"}
    _, text = said(capsys, "jobs", "show", str(job_id))
    assert "last error: ValueError: " in text
    gone = uuid4()
    code, text = said(capsys, "jobs", "show", str(gone))
    assert (code, text) == (
        4, f"saas: There is no job {gone}. One that ended well is gone; `saas jobs list` shows the rest.\n"
    )  # fmt: skip


def test_dead_jobs_are_tried_anew(place: Place, three: tuple[UUID, UUID, UUID], capsys: Capture) -> None:
    before = place.jobs()
    assert said(capsys, "jobs", "retry", "--all", "--dry-run") == (0, "1 dead job would be tried anew.\n")
    assert place.jobs() == before
    assert told(capsys, "retry", "--task", "mark_fail") == {"dry_run": False, "jobs": [str(three[0])]}
    assert [(row.stage, row.attempts) for row in place.jobs() if row.id == three[0]] == [("due", 0)]
    assert said(capsys, "jobs", "retry", "--all") == (0, "No dead jobs are tried anew.\n")


def test_dead_jobs_are_dropped_and_no_others(place: Place, three: tuple[UUID, UUID, UUID], capsys: Capture) -> None:
    assert told(capsys, "drop", str(three[0]), "--dry-run") == {"dry_run": True, "jobs": [str(three[0])]}
    assert len(place.jobs()) == 3
    assert told(capsys, "drop", "--tenant", "rival")["jobs"] == []
    assert told(capsys, "drop", str(three[0]))["jobs"] == [str(three[0])]
    assert {row.id for row in place.jobs()} == set(three[1:])


@pytest.mark.parametrize("verb", ["retry", "drop"])
def test_what_is_not_dead_or_not_named_is_refused(
    place: Place, three: tuple[UUID, UUID, UUID], capsys: Capture, verb: str
) -> None:
    before = place.jobs()
    code, text = said(capsys, "jobs", verb, str(three[1]))
    assert (code, text) == (2, f"saas: Job {three[1]} is not dead, it is running. It is tried by itself.\n")
    assert said(capsys, "jobs", verb, str(uuid4()))[0] == 4
    assert said(capsys, "jobs", verb, "--tenant", "nobody")[0] == 4
    assert said(capsys, "jobs", verb) == (
        2, "saas: Which jobs? Give ids, --tenant, --task or --queue, or --all.\n"
    )  # fmt: skip
    assert place.jobs() == before


@pytest.fixture
def stranger() -> Iterator[str]:
    """A worker of another installation on this Redis."""
    beats = Heartbeats(settings().redis_url)
    beats.beat(Heartbeat("stranger:1:x", 4, installation="of somebody else"), 60)
    yield "stranger:1:x"
    beats.stop("stranger:1:x")


def test_a_worker_does_not_start_beside_those_of_another_installation(
    place: Place, stranger: str, capsys: Capture
) -> None:
    code, text = said(capsys, "worker")
    assert code == 2
    assert text.startswith(f"saas: Workers of another directory use this Redis: {stranger}. Give each installation")


def test_a_queue_that_is_not_there_is_named(place: Place, capsys: Capture) -> None:
    code, text = said(capsys, "worker", "--queues", "interactive,post")
    assert code == 2
    assert "There is no queue 'post'. There are interactive, workflow, mail, sms, webhook, bulk." in text
