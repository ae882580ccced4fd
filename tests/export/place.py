"""Exporting in a test: asked for over GraphQL, done as a worker does it, fetched at its address."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson

from saas.engine.export.run import perform
from tests.world import Person, call

RUN = """
  id object format state reason progress { rows } createdAt finishedAt
  file { id name size type checksum state downloadUrl recordIds }
"""
FOLLOW = f"query($id: ID!) {{ exportRun(id: $id) {{ {RUN} }} }}"
CANCEL = f"mutation($id: ID!) {{ exportRunCancel(id: $id) {{ id exportRun {{ {RUN} }} problems {{ code path }} }} }}"


@dataclass(frozen=True)
class Exported:
    """What became of an export."""

    run: dict[str, Any]
    content: bytes

    @property
    def rows(self) -> list[str]:
        """The rows of a CSV, its mark taken off."""
        text = self.content.decode("utf-8-sig")
        assert text.endswith("\r\n")
        return text[:-2].split("\r\n")


def wished(person: Person, arguments: str, one: str = "customer", **variables: Any) -> dict[str, Any]:
    """The payload of the wish to export; `arguments` as GraphQL, variables with their types: `id: ID!`."""
    kinds = {name: ("[ID!]!" if isinstance(value, list) else "ID!") for name, value in variables.items()}
    declared = ", ".join(f"${name}: {kind}" for name, kind in kinds.items())
    head = f"mutation({declared})" if declared else "mutation"
    asked = f"{one}Export({arguments}) {{ id exportRun {{ {RUN} }} problems {{ __typename code message path }} }}"
    payload: dict[str, Any] = person.ask(f"{head} {{ {asked} }}", **variables)[f"{one}Export"]
    return payload


def started(person: Person, arguments: str, one: str = "customer", **variables: Any) -> UUID:
    """The id of an export that waits."""
    payload = wished(person, arguments, one, **variables)
    assert payload["problems"] == []
    return UUID(payload["id"])


def followed(person: Person, run_id: UUID) -> Any:
    """The export as the person sees it; None where it is not theirs."""
    return person.ask(FOLLOW, id=str(run_id))["exportRun"]


def exported(person: Person, arguments: str, one: str = "customer", **variables: Any) -> Exported:
    """An export that is done, with the content of its file."""
    run_id = started(person, arguments, one, **variables)
    perform(person.tenant, person.id, run_id)
    run = followed(person, run_id)
    assert (run["state"], run["reason"]) == ("DONE", None)
    return Exported(run, fetched(run))


def typed(person: Person, arguments: str, one: str, **variables: Any) -> list[Any] | None:
    """The records in a file of JSON Lines; None where the right to it is missing."""
    payload = wished(person, f"{arguments}, format: JSON_LINES", one, **variables)
    if payload["problems"]:
        assert [problem["code"] for problem in payload["problems"]] == ["FORBIDDEN"]
        return None
    run_id = UUID(payload["id"])
    perform(person.tenant, person.id, run_id)
    return [orjson.loads(line) for line in fetched(followed(person, run_id)).splitlines()]


def fetched(run: dict[str, Any]) -> bytes:
    """The content of the file of an export, from its address."""
    answer = call("GET", run["file"]["downloadUrl"])
    assert answer.status_code == 200
    return answer.content
