"""Bulk mutations as the contracts ask for them."""

from typing import Any

from saas.engine.registry import ObjectType
from tests.contracts.factory import Values, selection
from tests.world import Person

_TYPES = {"Create": "CreateInput", "Upsert": "CreateInput", "Update": "BulkUpdateInput"}


def bulk(person: Person, one: ObjectType, verb: str, rows: list[Any], **more: Any) -> Values:
    """The payload of one of the bulk mutations."""
    argument = "inputs" if verb in ("Create", "Upsert") else "items"
    kind = f"{one.type_name}{_TYPES[verb]}" if verb in _TYPES else "TargetInput"
    own = {"by": f"{one.type_name}Key!", "input": f"{one.type_name}{verb}Input!", "dryRun": "Boolean"}
    declared = "".join(f", ${name}: {own[name]}" for name in own if name in more)
    passed = "".join(f", {name}: ${name}" for name in own if name in more)
    query = f"""
        mutation($rows: [{kind}!]!, $onError: ErrorPolicy! = ROLL_BACK{declared}) {{
          payload: {one.single}Bulk{verb}({argument}: $rows, onError: $onError{passed}) {{
            written
            problems {{ __typename code path }}
            items {{
              index id
              record: {one.single} {{ {selection(one)} }}
              problems {{ __typename code path ... on DuplicateProblem {{ existingId }} }}
            }}
          }}
        }}"""
    payload: Values = person.ask(query, rows=rows, **more)["payload"]
    return payload


def told(payload: Values) -> list[tuple[bool, list[tuple[str, str]]]]:
    """Of each row whether it was written, and its problems by code and path."""
    return [
        (item["id"] is not None, [(each["code"], ".".join(each["path"])) for each in item["problems"]])
        for item in payload["items"]
    ]
