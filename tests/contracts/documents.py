"""One GraphQL document for each object, with every mutation as the contracts ask for it: it is validated only once."""

from collections.abc import Iterator

from saas.engine.actions import Action
from saas.engine.registry import ObjectType
from saas.kit.text import pascal
from tests.contracts.selections import selection

_PROBLEM = """fragment problem on Problem {
  __typename code message path
  ... on VersionConflict { currentVersion fields { field current mine original } }
  ... on DuplicateProblem { existingId }
  ... on FieldProblem { rule }
  ... on WrongStateProblem { state allowedActions }
}"""
_written: dict[str, str] = {}


def mutations(one: ObjectType) -> str:
    """Its operations are named after the verbs: `Create`, `BulkCreate`; `$shown` asks for the records too."""
    if one.name not in _written:
        operations = [*_single(one), *_bulk(one)]
        record = f"fragment all on {one.type_name} {{ {selection(one)} }}"
        _written[one.name] = "\n".join([*operations, record, _PROBLEM])
    return _written[one.name]


def _single(one: ObjectType) -> Iterator[str]:
    of, seen, kind = {"id": "ID!"}, {"version": "Int"}, one.type_name
    verbs = {
        "Create": {"input": f"{kind}CreateInput!"},
        "Update": of | seen | {"input": f"{kind}UpdateInput!"},
        "Delete": of | seen,
        "Restore": of | seen,
    }
    if one.keys:
        verbs["Upsert"] = {"by": f"{kind}Key!", "input": f"{kind}CreateInput!"}
    for action in one.actions.values():
        verb = pascal(action.verb)
        more = {"input": _input_of(kind, action)} if action.parameters else {}
        verbs[verb] = of | seen | {"dryRun": "Boolean"} | more
    for verb, arguments in verbs.items():
        told = f"id record: {one.single} @include(if: $shown) {{ ...all }} problems {{ ...problem }}"
        yield _operation(verb, f"{one.single}{verb}", arguments, {name: name for name in arguments}, told)


def _input_of(kind: str, action: Action) -> str:
    """Its type, which may be left out where nothing in it is required."""
    is_needed = any(field.required for field in action.parameters.values())
    return f"{kind}{pascal(action.verb)}Input{'!' if is_needed else ''}"


def _bulk(one: ObjectType) -> Iterator[str]:
    kind = one.type_name
    verbs: dict[str, tuple[str, str, dict[str, str]]] = {
        "Create": ("inputs", f"{kind}CreateInput", {}),
        "Update": ("items", f"{kind}BulkUpdateInput", {}),
        "Delete": ("items", "TargetInput", {}),
        "Restore": ("items", "TargetInput", {}),
    }
    if one.keys:
        verbs["Upsert"] = ("inputs", f"{kind}CreateInput", {"by": f"{kind}Key!"})
    for action in one.actions.values():
        verb = pascal(action.verb)
        more = {"input": _input_of(kind, action)} if action.parameters else {}
        verbs[verb] = ("items", "TargetInput", {"dryRun": "Boolean"} | more)
    for verb, (argument, row, more) in verbs.items():
        arguments = {"rows": f"[{row}!]!", "onError": "ErrorPolicy! = ROLL_BACK", **more}
        passed = {argument: "rows", "onError": "onError", **{name: name for name in more}}
        told = (
            f"written problems {{ __typename code path }} items {{ index id record: {one.single} "
            "@include(if: $shown) { ...all } problems { ...problem } }"
        )
        yield _operation(f"Bulk{verb}", f"{one.single}Bulk{verb}", arguments, passed, told)


def _operation(name: str, field: str, arguments: dict[str, str], passed: dict[str, str], told: str) -> str:
    declared = "".join(f"${argument}: {kind}, " for argument, kind in arguments.items())
    given = ", ".join(f"{argument}: ${variable}" for argument, variable in passed.items())
    return f"mutation {name}({declared}$shown: Boolean! = true) {{ payload: {field}({given}) {{ {told} }} }}"
