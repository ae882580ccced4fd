"""Versions guard against overwriting what one has not seen; ids may be made by a client that keeps to the layout."""

from decimal import Decimal, InvalidOperation

import pytest

from saas.engine.address import formatted
from saas.engine.registry import ObjectType
from saas.kit import ids
from saas.kit.text import snake
from tests.contracts.factory import given, read_as, without_system_fields
from tests.contracts.life import IMPOSSIBLE, STALE, Life
from tests.world import World


@pytest.mark.parametrize("verb", ["Update", "Delete"])
def test_a_stale_version_is_refused_with_the_current_one(one: ObjectType, life: Life, verb: str) -> None:
    refused = life.answers[f"stale {verb.lower()}"]
    assert (refused["id"], refused["record"]) == (None, None)
    alone = [(1, refused["problems"])]
    for i, version in enumerate(STALE):
        answer = life.answers["stale otherwise"][f"{verb}{i}"]
        (item,) = answer["items"]
        assert (answer["written"], item["id"]) == (0, None)
        alone.append((version, item["problems"]))
    title = one.record.facts.title
    versions = life.given["first"][title], life.given["second"][title], f"mine {life.id}"
    of_field = {"field": title, **dict(zip(("original", "current", "mine"), versions, strict=True))}
    for version, (problem,) in alone:
        told = problem["__typename"], problem["code"], problem["path"], problem["currentVersion"]
        assert told == ("VersionConflict", "VERSION_CONFLICT", ["version"], 2)
        assert problem["fields"] == ([of_field] if (verb, version) == ("Update", 1) else [])
    assert life.after == life.before


def test_a_stale_version_is_refused_in_the_trash_too(life: Life) -> None:
    (problem,) = life.answers["restored unseen"]["problems"]
    assert (problem["code"], problem["currentVersion"]) == ("VERSION_CONFLICT", 3)


def _as_text(value: object) -> str | None:
    """What an input says, as a conflict tells it."""
    if isinstance(value, dict) and "city" in value:
        return formatted({snake(name): part for name, part in value.items()})
    if isinstance(value, dict):
        value = value["amount"]
    if isinstance(value, list):
        return ", ".join(value)
    if isinstance(value, str | None):
        return value
    return str(value).lower() if isinstance(value, bool) else str(value)


def test_a_conflict_is_told_for_each_field(life: Life) -> None:
    theirs, mine, values = (life.given[name] for name in ("second", "mine", "first"))
    (problem,) = life.answers["clash"]["problems"]
    for name in theirs:
        told = [each for each in problem["fields"] if each["field"] == name]
        if theirs[name] == mine[name]:
            assert told == [], name
            continue
        (clash,) = told
        texts = {key: serialized(clash[key]) for key in ("current", "mine", "original")}
        wanted = {"current": theirs[name], "mine": mine[name], "original": values[name]}
        assert texts == {key: serialized(_as_text(value)) for key, value in wanted.items()}, name
    assert life.after == life.before


def test_who_changes_nothing_of_what_was_seen_is_in_no_conflict(life: Life) -> None:
    assert life.answers["undone"]["problems"] == []
    assert life.answers["undone"]["record"] == life.answers["changed"]["record"]
    assert life.after == life.before


def serialized(text: str | None) -> str | None:
    """Numbers without the zeros behind, whichever they are."""
    try:
        return None if text is None else str(Decimal(text).normalize())
    except InvalidOperation:
        return text


def test_changes_of_different_fields_are_no_conflict(one: ObjectType, life: Life) -> None:
    theirs, ours = life.answers["theirs"], life.answers["ours"]
    assert (theirs["problems"], ours["problems"]) == ([], [])
    assert ours["record"]["version"] == (3 if life.given["theirs"] else 2)
    wanted = life.now | life.given["theirs"] | life.given["ours"]
    assert without_system_fields(one, ours["record"]) == read_as(one, wanted)
    assert life.audits["twin"][-1]["fields"] == [one.record.facts.title]


@pytest.mark.parametrize("lost", ["emptied audit", "no audit"])
def test_where_the_audit_is_gone_the_whole_record_counts(life: Life, lost: str) -> None:
    (problem,) = life.answers[lost]["problems"]
    assert (problem["code"], problem["fields"]) == ("VERSION_CONFLICT", [])
    assert life.answers["audit since"]["problems"] == []


@pytest.mark.parametrize("whose", ["required", "ahead"])
def test_an_id_made_by_the_client_is_taken(life: Life, whose: str) -> None:
    """Also that of a day ahead, which is a clock that may go wrong."""
    made = life.answers[whose]
    assert (made["id"], made["problems"]) == (life.given[whose]["id"], [])


def test_an_id_that_cannot_be_ours_is_refused(life: Life) -> None:
    bad = [("BAD_INPUT", ["id"])]
    alone, together = life.answers["impossible alone"], life.answers["impossible"]
    assert (alone["id"], alone["record"]) == (None, None)
    assert [(each["code"], each["path"]) for each in alone["problems"]] == bad
    for what, item in zip(IMPOSSIBLE, together["items"], strict=True):
        assert (item["id"], item["record"]) == (None, None), what
        assert [(each["code"], each["path"]) for each in item["problems"]] == bad, what
    assert life.after == life.before


def test_an_id_is_taken_once(life: Life) -> None:
    refused = life.answers["taken"]
    assert refused["id"] is None
    told = [(each["__typename"], each["code"], each["path"]) for each in refused["problems"]]
    assert told == [("DuplicateProblem", "DUPLICATE", ["id"])]
    assert life.after == life.before


def test_twice_in_one_operation_neither_is_written(world: World, one: ObjectType) -> None:
    id_ = str(ids.new_id(one.record.facts.code))
    a, b = (given(world.garage, one, required_only=True) | {"id": id_} for _ in range(2))
    query = (
        f"mutation($a: {one.type_name}CreateInput!, $b: {one.type_name}CreateInput!) "
        f"{{ a: {one.single}Create(input: $a) {{ id problems {{ code path }} }} "
        f"b: {one.single}Create(input: $b) {{ id problems {{ code path }} }} }}"
    )
    assert world.garage.ada.ask(query, a=a, b=b) == {
        "a": {"id": None, "problems": [{"code": "ROLLED_BACK", "path": []}]},
        "b": {"id": None, "problems": [{"code": "DUPLICATE", "path": ["id"]}]},
    }
