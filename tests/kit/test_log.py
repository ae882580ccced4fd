"""A log line says what happened and to whom, never with which values or secrets; as a real process writes it."""

import io
import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import structlog

from saas.kit import about, log
from saas.kit.clock import stopped_at

SCRIPT = Path(__file__).with_name("log_process.py")


def written(what: str, form: str = "json") -> list[str]:
    command = [sys.executable, str(SCRIPT), what, form]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=SCRIPT.parents[2])
    assert done.stdout == ""
    return done.stderr.splitlines()


def lines(what: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in written(what)]


def test_a_line_carries_the_facts_of_its_request() -> None:
    (line,) = lines("facts")
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "quote accepted",
        "level": "info",
        "logger": "saas.engine.example",
        "request_id": "r-1",
        "tenant": "acme",
        "quote": "7",
        "path": "a\nb",
    }


def test_for_people_it_is_one_line_too() -> None:
    (line,) = written("facts", "console")
    assert "quote accepted" in line
    assert "tenant=acme" in line


def test_secrets_are_not_written_under_any_name() -> None:
    (text,) = written("secrets")
    assert "hush" not in text
    assert "abc.def" not in text
    line = json.loads(text)
    assert line["quote"] == "7"
    assert line["password"] == line["app_password"] == line["token"] == line["Authorization"] == "***"
    assert line["event"] == "Authorization was Bearer *** and the address postgresql://app:***@db:5432/x"


def test_an_error_is_told_without_the_value_that_it_quotes() -> None:
    (text,) = written("fault")
    assert "Miller" not in text
    fault = json.loads(text)["fault"]
    assert fault["type"] == "builtins.TypeError"
    assert fault["message"] == "int expected"
    assert fault["frames"][0].endswith(" fault")
    assert fault["cause"]["type"] == "builtins.ValueError"
    assert fault["cause"]["message"] == ""


def test_libraries_go_through_the_same_pipe() -> None:
    started, other, warned, failed = lines("libraries")
    assert (started["event"], started["logger"]) == ("Started with Bearer ***", "uvicorn.error")
    assert other["event"] == "token xxx"
    assert warned["logger"] == "py.warnings"
    assert failed["fault"]["type"] == "builtins.ZeroDivisionError"
    assert "exc_info" not in failed
    assert "Traceback" not in json.dumps(failed)


class SmallDisk(io.RawIOBase):
    """Takes so many bytes, then none until there is room again."""

    def __init__(self, room: int) -> None:
        self.room = room
        self.held = b""

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        taken = bytes(data[: self.room])
        if not taken:
            raise OSError(28, "No space left on device")
        self.room -= len(taken)
        self.held += taken
        return len(taken)


@pytest.fixture
def _as_before() -> Iterator[None]:
    """This process logs as before when the test has ended."""
    root, ours, requests = logging.getLogger(), structlog.get_config(), log._requests
    handlers, level = root.handlers, root.level
    libraries = [(logging.getLogger(name), logging.getLogger(name).handlers) for name in log.LIBRARIES]
    yield
    log._requests = requests
    root.handlers = handlers
    root.setLevel(level)
    for library, its in libraries:
        library.handlers = its
    structlog.configure(**ours)
    logging.captureWarnings(capture=False)


@pytest.mark.usefixtures("_as_before")
def test_a_full_disk_loses_lines_and_nothing_else() -> None:
    disk = SmallDisk(room=20)
    log.set_up(stream=io.BufferedWriter(disk))
    log.logger("ours").info("torn")
    log.logger("ours").info("lost")
    logging.getLogger("theirs").error("lost too")
    disk.room = 10_000
    log.logger("ours").info("again")
    logging.getLogger("theirs").error("and theirs")
    torn, again, theirs = disk.held.splitlines()
    assert len(torn) == 20
    assert (json.loads(again)["event"], json.loads(theirs)["event"]) == ("again", "and theirs")


@pytest.mark.usefixtures("_as_before")
def test_the_line_of_a_request_is_the_same_past_the_pipe_and_through_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "_requests", None)  # as before when the test has ended
    facts = {"request_id": "r-1", "tenant": "acme", "operation": "query"}
    told = []
    for path in ("/graphql", "/Bearer abc.def/password=hush"):
        for is_past in (True, False):
            disk = SmallDisk(room=10_000)
            log.set_up(stream=io.BufferedWriter(disk))
            if not is_past:
                monkeypatch.setattr(log, "_requests", None)
            about.start(**facts)
            with stopped_at(datetime(2026, 2, 28, 11, 30, 5, 123456, UTC)):
                log.request_done("saas.web.gate", facts, method="POST", path=path, status=200, ms=1.25)
            (line,) = (json.loads(each) for each in disk.held.splitlines())
            moment = line.pop("timestamp")
            assert moment.endswith("Z")
            assert moment == "2026-02-28T11:30:05.123456Z" or not is_past
            told.append(line)
    about.start()
    usual = {**facts, "event": "request", "level": "info", "logger": "saas.web.gate", "method": "POST", "status": 200}
    assert told[:2] == [{**usual, "path": "/graphql", "ms": 1.25}] * 2
    assert told[2:] == [{**usual, "path": "/Bearer ***", "ms": 1.25}] * 2
    log.set_up(level="warning", stream=io.BufferedWriter(disk := SmallDisk(room=10_000)))
    log.request_done("saas.web.gate", facts, method="POST", path="/graphql", status=200, ms=1.25)
    assert disk.held == b""
