"""The same question by every way of reading: whatever the way, the whole answer is the same.

`fields` is the oracle: plain execution, a resolver for each field. As long as there is no setting that chooses
(`Settings.reading`), it is compared with itself.
"""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from saas.kit import metrics
from saas.kit.settings import Settings, settings
from tests.world import Person, call

ORACLE = "fields"
COMPILED = ("reader", "session") if "reading" in Settings.model_fields else (ORACLE,)
VARIABLE = "SAAS_READING"
JSON, RESPONSE_JSON = "application/json", "application/graphql-response+json"
Path = tuple[str | int, ...]
NOTHING = "— nothing —"


@dataclass(frozen=True)
class Question:
    """What is sent; `name` is the operation's, where the document has several."""

    text: str
    variables: Mapping[str, Any]
    name: str | None = None
    accept: str = JSON


@dataclass(frozen=True)
class Answer:
    """What came back. `rest` are the members besides data and errors: the cost."""

    status: int
    kind: str
    data: Any
    errors: list[dict[str, Any]]
    rest: dict[str, Any]


@contextmanager
def reading(way: str) -> Iterator[None]:
    """Inside, queries are read this way."""
    before = os.environ.get(VARIABLE)
    os.environ[VARIABLE] = way
    settings.cache_clear()
    try:
        yield
    finally:
        if before is None:
            del os.environ[VARIABLE]
        else:
            os.environ[VARIABLE] = before
        settings.cache_clear()


def answer(person: Person, question: Question, way: str) -> Answer:
    """What the person is answered."""
    body: dict[str, Any] = {"query": question.text, "variables": question.variables}
    if question.name is not None:
        body["operationName"] = question.name
    headers = {"authorization": f"Bearer {person.token}", "accept": question.accept}
    with reading(way):
        response = call("POST", "/graphql", json=body, headers=headers)
    told = _parsed(response.text)
    errors = sorted((_comparable(each) for each in told.pop("errors", [])), key=repr)
    data = told.pop("data", NOTHING)
    return Answer(response.status_code, response.headers["content-type"], data, errors, told)


def _parsed(text: str) -> dict[str, Any]:
    """The answer; what is no JSON as an error, so that it is told like any other difference."""
    try:
        told: dict[str, Any] = json.loads(text, object_pairs_hook=_without_twins)
    except ValueError as error:
        at = getattr(error, "pos", 0)
        return {"errors": [{"message": f"{error}: {text[max(0, at - 150) : at]} ← here → {text[at : at + 150]}"}]}
    return told


def _without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError(f"A key twice in one object: {[key for key, _ in pairs]}")
    return found


def _comparable(error: Mapping[str, Any]) -> dict[str, Any]:
    """What of an error must agree; the order of several, their places in the text and request ids need not."""
    extensions = error.get("extensions", {})
    return {
        "code": extensions.get("code"),
        "path": error.get("path"),
        "argument": extensions.get("path"),
        "message": error["message"],
    }


def agree(person: Person, question: Question) -> Answer:
    """The answer, which is the same by every way; fails with all that one needs to ask again."""
    expected = answer(person, question, ORACLE)
    for way in COMPILED:
        refused = metrics.plans_refused()
        found = answer(person, question, way)
        different = difference(expected, found)
        assert different is None, _told(person, question, way, *different)
        # Refused by Postgres it is answered field by field, which agrees with itself.
        assert metrics.plans_refused() == refused, _told(person, question, way, ("plan",), "one that works", "refused")
    return expected


def difference(expected: Answer, found: Answer) -> tuple[Path, Any, Any] | None:
    """The first place where they differ, with what is there in each; None: they agree."""
    for name in ("errors", "status", "kind", "data", "rest"):
        different = _difference((name,), getattr(expected, name), getattr(found, name))
        if different is not None:
            return different
    return None


def _difference(path: Path, expected: Any, found: Any) -> tuple[Path, Any, Any] | None:
    if type(expected) is not type(found):
        return path, expected, found
    if isinstance(expected, dict):
        for name in (*expected, *(name for name in found if name not in expected)):
            inner = _difference((*path, name), expected.get(name, NOTHING), found.get(name, NOTHING))
            if inner is not None:
                return inner
        # As text: the order of keys is that of the selections.
        return None if [*expected] == [*found] else ((*path, "(order of keys)"), [*expected], [*found])
    if isinstance(expected, list):
        for number, (one, other) in enumerate(zip(expected, found, strict=False)):
            inner = _difference((*path, number), one, other)
            if inner is not None:
                return inner
        if len(expected) != len(found):
            shorter = min(len(expected), len(found))
            first, second = (each[shorter] if len(each) > shorter else NOTHING for each in (expected, found))
            return (*path, shorter), first, second
        return None
    return None if expected == found else (path, expected, found)


def _told(person: Person, question: Question, way: str, path: Path, expected: Any, found: Any) -> str:
    variables = json.dumps(question.variables, ensure_ascii=False, indent=2)
    named = f"\noperation {question.name}" if question.name else ""
    return (
        f"{way} differs from {ORACLE} at {'.'.join(map(str, path))}\n"
        f"  {ORACLE + ':':8} {_short(expected)}\n  {way + ':':8} {_short(found)}\n"
        f"asked by {person.name}{named} (accept: {question.accept})\n{question.text}\nvariables {variables}"
    )


def _short(value: Any) -> str:
    text = value if value == NOTHING else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 600 else f"{text[:600]}…"
