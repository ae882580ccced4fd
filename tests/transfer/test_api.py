"""Imports through GraphQL: start, follow, read the issues, call off."""

from typing import Any
from uuid import UUID

from saas.engine.transfer.run import perform
from tests.world import World

START = """
mutation($input: ImportRunStartInput!) {
  importRunStart(input: $input) {
    id
    importRun { id object fileName state isDryRun reason progress { rows done } }
    problems { __typename code message path }
  }
}
"""
READ = """
query($id: ID!) {
  importRun(id: $id) {
    state reason finishedAt
    counts { rows created updated unchanged refused warnings }
    issues(first: 1, offset: 1) { line severity field code message }
  }
  importRuns(first: 1) { id }
}
"""
CANCEL = "mutation($id: ID!) { importRunCancel(id: $id) { id importRun { state reason } problems { code path } } }"


def wish(csv: str, **more: Any) -> dict[str, Any]:
    columns = [
        {"field": "name", "column": "Name", "values": [{"from": "Akme", "to": "Acme"}]},
        {"field": "annualRevenue", "column": "Revenue", "times": "1000", "round": 0},
        {"field": "owner", "column": "Owner", "by": "email", "warnIfEmpty": True},
    ]
    mapping = {"key": ["name"], "columns": columns}
    return {"object": "customer", "fileName": "c.csv", "csv": csv, "mapping": mapping} | more


def test_an_import_is_started_and_followed(world: World) -> None:
    ada = world.garage.ada
    csv = "Name,Revenue,Owner\nAkme,1.5004,sam@garage.test\nB,x,\nC,,zoe@garage.test\n"
    started = ada.ask(START, input=wish(csv))["importRunStart"]
    assert started["problems"] == []
    assert started["importRun"] == {
        "id": started["id"],
        "object": "customer",
        "fileName": "c.csv",
        "state": "QUEUED",
        "isDryRun": False,
        "reason": None,
        "progress": {"rows": 3, "done": 0},
    }
    perform(world.garage.tenant, ada.id, UUID(started["id"]))
    read = ada.ask(READ, id=started["id"])
    assert read["importRuns"] == [{"id": started["id"]}]
    assert read["importRun"] == {
        "state": "DONE",
        "reason": None,
        "finishedAt": read["importRun"]["finishedAt"],
        "counts": {"rows": 3, "created": 1, "updated": 0, "unchanged": 0, "refused": 2, "warnings": 0},
        "issues": [
            {
                "line": 4,
                "severity": "ERROR",
                "field": "owner",
                "code": "NOT_FOUND",
                "message": "Owner: there is no employee with the email “zoe@garage.test”.",
            }
        ],
    }
    nodes = "nodes { annualRevenue { amount } owner { name } }"
    made = ada.ask(f'{{ customers(filter: {{ name: {{ eq: "Acme" }} }}) {{ {nodes} }} }}')
    assert made["customers"]["nodes"] == [{"annualRevenue": {"amount": "1500"}, "owner": {"name": "sam"}}]


def test_a_wrong_wish_is_a_problem_with_its_path(world: World) -> None:
    wrong = wish("Nom\nA\n")
    answer = world.garage.ada.ask(START, input=wrong)["importRunStart"]
    assert answer == {
        "id": None,
        "importRun": None,
        "problems": [
            {
                "__typename": "FieldProblem",
                "code": "BAD_INPUT",
                "message": "mapping: columns.name: the file has no column 'Name'. Columns are: Nom.",
                "path": ["mapping", "columns", "name"],
            }
        ],
    }


def test_without_the_right_it_is_forbidden(world: World) -> None:
    answer = world.garage.vera.ask(START, input=wish("Name,Revenue,Owner\nA,,\n"))["importRunStart"]
    assert [problem["__typename"] for problem in answer["problems"]] == ["ForbiddenProblem"]


def test_it_is_called_off_by_whoever_started_it(world: World) -> None:
    ada = world.garage.ada
    id_ = ada.ask(START, input=wish("Name,Revenue,Owner\nOff,,\n"))["importRunStart"]["id"]
    for stranger in (world.garage.sam, world.rival.rita):
        assert stranger.ask(READ, id=id_)["importRun"] is None
        refused = stranger.ask(CANCEL, id=id_)["importRunCancel"]
        assert refused == {"id": None, "importRun": None, "problems": [{"code": "NOT_FOUND", "path": ["id"]}]}
    off = {"state": "CANCELLED", "reason": "Called off after 0 of 1 rows; nothing was written."}
    assert ada.ask(CANCEL, id=id_)["importRunCancel"] == {"id": id_, "importRun": off, "problems": []}


def test_a_page_of_issues_is_not_silently_cut(world: World) -> None:
    ada = world.garage.ada
    (error,) = ada.errors("{ importRuns(first: 501) { id } }")
    assert error["extensions"]["code"] == "BAD_INPUT"
