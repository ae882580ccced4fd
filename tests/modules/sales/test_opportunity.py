"""Opportunities: their dates follow each other, their probability is a percentage, and actions move their stage."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest

from saas.engine import events
from saas.engine.access.tables import Access, RowScope
from saas.engine.reactions import Reaction
from saas.engine.registry import object_of
from saas.engine.write.load import Target
from saas.engine.write.update import update
from saas.kit import clock
from saas.modules.catalog.product import Product
from saas.modules.organisation.rights import Grants
from saas.modules.sales.opportunity import Opportunity, OpportunityStage, opportunity_win
from tests.contracts.ledger import audited
from tests.engine.people import hire
from tests.world import World, limits, rights

CREATE = """
    mutation($input: OpportunityCreateInput!) {
      x: opportunityCreate(input: $input) { id problems { __typename code message path ... on FieldProblem { rule } } }
    }"""
UPDATE = """
    mutation($id: ID!, $input: OpportunityUpdateInput!) {
      x: opportunityUpdate(id: $id, input: $input) {
        id problems { __typename code message path ... on FieldProblem { rule } }
      }
    }"""
TOO_EARLY = {
    "__typename": "FieldProblem",
    "code": "RULE_BROKEN",
    "message": "The closing date is before the date of engagement.",
    "path": ["closeOn"],
    "rule": "opportunity_closes_after_it_starts",
}
NO_PERCENTAGE = {
    "__typename": "FieldProblem",
    "code": "RULE_BROKEN",
    "message": "The probability must be between 0 and 100.",
    "path": ["probability"],
    "rule": "opportunity_probability_is_a_percentage",
}


@pytest.mark.parametrize(
    ("values", "problems"),
    [
        ({"engagedOn": "2026-01-02", "closeOn": "2026-01-01"}, [TOO_EARLY]),
        ({"engagedOn": "2026-01-01", "closeOn": "2026-01-01"}, []),
        ({"closeOn": "2026-01-01"}, []),
        ({"engagedOn": "2026-01-02"}, []),
        ({"probability": "100.0001"}, [NO_PERCENTAGE]),
        ({"probability": "-0.0001"}, [NO_PERCENTAGE]),
        ({"probability": 100}, []),
        ({"probability": 0}, []),
        ({"engagedOn": "2026-01-02", "closeOn": "2026-01-01", "probability": 101}, [TOO_EARLY, NO_PERCENTAGE]),
    ],
    ids=str,
)
def test_rules_hold_for_a_new_opportunity(world: World, values: dict[str, Any], problems: list[Any]) -> None:
    before = audited(world, world.garage)
    made = world.garage.ada.ask(CREATE, input={"name": "o", **values})["x"]
    assert made["problems"] == problems
    assert (made["id"] is None) is bool(problems)
    assert len(audited(world, world.garage)) == len(before) + (not problems)


def test_rules_hold_for_the_whole_record_after_a_change(world: World) -> None:
    """Only one of the two dates is written; the other is there already."""
    made = world.garage.ada.ask(CREATE, input={"name": "o", "engagedOn": "2026-01-02"})["x"]["id"]
    refused = world.garage.ada.ask(UPDATE, id=made, input={"closeOn": "2026-01-01"})["x"]
    assert refused == {"id": None, "problems": [TOO_EARLY]}
    assert world.sql(world.garage, "SELECT close_on, version FROM opportunity WHERE id = %s", made) == [(None, 1)]
    assert world.garage.ada.ask(UPDATE, id=made, input={"closeOn": "2026-01-02"})["x"] == {"id": made, "problems": []}


def test_a_new_opportunity_is_prospecting(world: World) -> None:
    id_ = str(world.garage.make(Opportunity))
    query = "query($id: ID!) { opportunity(id: $id) { stage } }"
    assert world.garage.ada.ask(query, id=id_)["opportunity"]["stage"] == "PROSPECTING"


def test_the_newest_come_first(world: World) -> None:
    made = [str(world.garage.make(Opportunity)) for _ in range(3)]
    nodes = world.garage.ada.ask("{ opportunities(first: 3) { nodes { id } } }")["opportunities"]["nodes"]
    assert [node["id"] for node in nodes] == made[::-1]


ACT = """
    mutation($id: ID!, $dryRun: Boolean, {declared}) {{
      x: opportunity{verb}(id: $id, dryRun: $dryRun, {passed}) {{
        id
        opportunity {{ stage version engagedOn closeOn lostBecause }}
        problems {{ __typename code message path ... on FieldProblem {{ rule }} }}
      }}
    }}"""
WIN = ACT.format(verb="Win", declared="$input: OpportunityWinInput", passed="input: $input")
LOSE = ACT.format(verb="Lose", declared="$input: OpportunityLoseInput!", passed="input: $input")
ADVANCE = ACT.format(verb="Advance", declared="$input: OpportunityAdvanceInput", passed="input: $input")
REOPEN = ACT.format(verb="Reopen", declared="$version: Int", passed="version: $version")


def _today(world: World) -> str:
    return clock.today(world.garage.tenant.time_zone).isoformat()


def test_the_life_of_one_that_is_lost_reopened_and_won(world: World) -> None:
    ada, today = world.garage.ada, _today(world)
    id_ = str(world.garage.make(Opportunity))
    lives: list[tuple[str, dict[str, Any], tuple[Any, ...]]] = [
        (ADVANCE, {}, ("ENGAGING", 2, today, None, None)),
        (
            LOSE,
            {"input": {"reason": "Too dear\n", "closedOn": "2099-01-01"}},
            ("LOST", 3, today, "2099-01-01", "Too dear"),
        ),
        (REOPEN, {}, ("ENGAGING", 4, today, None, "Too dear")),
        (WIN, {"input": {"closedOn": None}}, ("WON", 5, today, today, None)),
    ]
    for query, arguments, told in lives:
        done = ada.ask(query, id=id_, **arguments)["x"]
        fields = ("stage", "version", "engagedOn", "closeOn", "lostBecause")
        assert done == {"id": id_, "opportunity": dict(zip(fields, told, strict=True)), "problems": []}
    told_ = [(row["kind"], row["action"], row["version"]) for row in audited(world, world.garage, id_)]
    verbs = ("advance", "lose", "reopen", "win")
    assert told_ == [("created", None, 1), *(("acted", verb, i) for i, verb in enumerate(verbs, 2))]


def test_the_rules_hold_for_what_an_action_does(world: World) -> None:
    """The date of winning would lie before the engagement; a dry run says so too, and neither leaves a trace."""
    id_ = str(world.garage.make(Opportunity, stage=OpportunityStage.ENGAGING, engaged_on=date(2026, 1, 2)))
    before = audited(world, world.garage)
    for dry_run in (True, False):
        refused = world.garage.ada.ask(WIN, id=id_, dryRun=dry_run, input={"closedOn": "2026-01-01"})["x"]
        assert refused == {"id": None, "opportunity": None, "problems": [TOO_EARLY]}
    assert audited(world, world.garage) == before
    assert world.sql(world.garage, "SELECT stage, version FROM opportunity WHERE id = %s", id_) == [("engaging", 1)]


@pytest.mark.parametrize("reason", ["", "  ", "\n"])
def test_who_loses_says_why(world: World, reason: str) -> None:
    id_ = str(world.garage.make(Opportunity))
    (problem,) = world.garage.ada.ask(LOSE, id=id_, input={"reason": reason})["x"]["problems"]
    assert (problem["code"], problem["path"]) == ("REQUIRED", ["reason"])
    assert problem["message"] == "Reason is required."


def test_a_stage_is_given_to_a_new_one_only(world: World) -> None:
    made = world.garage.ada.ask(CREATE, input={"name": "o", "stage": "WON"})["x"]["id"]
    assert world.sql(world.garage, "SELECT stage FROM opportunity WHERE id = %s", made) == [("won",)]
    (error,) = world.garage.ada.errors(UPDATE, id=made, input={"stage": "LOST"})
    assert error["extensions"]["code"] == "BAD_INPUT"


def test_a_file_may_repeat_the_stage_but_not_move_it(world: World) -> None:
    one, id_ = object_of(Opportunity), world.garage.make(Opportunity, stage=OpportunityStage.WON)
    with world.garage.scope() as scope:
        (same,) = update(scope, one, [(Target(id_), {"stage": OpportunityStage.WON, "notes": "n"})])
        (other,) = update(scope, one, [(Target(id_), {"stage": OpportunityStage.LOST})])
    assert (same.id, same.problems) == (id_, [])
    assert [(problem.code, problem.path) for problem in other.problems] == [("BAD_INPUT", ("stage",))]


def test_a_dry_run_leaves_the_rest_of_its_operation_alone(world: World) -> None:
    id_ = str(world.garage.make(Opportunity))
    query = """
        mutation($id: ID!) {
          won: opportunityWin(id: $id, dryRun: true) { id problems { code } }
          advanced: opportunityAdvance(id: $id, dryRun: true) { id problems { code } }
          changed: opportunityUpdate(id: $id, input: { notes: "kept" }) { id problems { code } }
        }"""
    assert world.garage.ada.ask(query, id=id_) == {
        "won": {"id": None, "problems": [{"code": "WRONG_STATE"}]},
        "advanced": {"id": None, "problems": []},
        "changed": {"id": id_, "problems": []},
    }
    kept = world.sql(world.garage, "SELECT stage, notes, version FROM opportunity WHERE id = %s", id_)
    assert kept == [("prospecting", "kept", 2)]


BULK_LOSE = """
    mutation(
      $items: [TargetInput!]!, $input: OpportunityLoseInput!, $onError: ErrorPolicy! = ROLL_BACK, $dryRun: Boolean
    ) {
      x: opportunityBulkLose(items: $items, input: $input, onError: $onError, dryRun: $dryRun) {
        written problems { code path } items { id opportunity { stage lostBecause } problems { code path } }
      }
    }"""


def test_an_input_that_is_wrong_for_many_is_told_once(world: World) -> None:
    items = [{"id": str(world.garage.make(Opportunity))} for _ in range(2)]
    for on_error in ("ROLL_BACK", "SKIP_FAILED"):
        assert world.garage.ada.ask(BULK_LOSE, items=items, input={"reason": "  "}, onError=on_error)["x"] == {
            "written": 0,
            "problems": [{"code": "REQUIRED", "path": ["reason"]}],
            "items": [],
        }


def test_a_rule_refuses_some_of_many(world: World) -> None:
    early, late = (world.garage.make(Opportunity, engaged_on=date(year, 1, 1)) for year in (2025, 2026))
    items, given = [{"id": str(early)}, {"id": str(late)}], {"reason": "too dear", "closedOn": "2025-06-01"}
    broken = {"id": None, "opportunity": None, "problems": [{"code": "RULE_BROKEN", "path": ["closeOn"]}]}
    tried = world.garage.ada.ask(BULK_LOSE, items=items, input=given, onError="SKIP_FAILED", dryRun=True)["x"]
    assert (tried["written"], tried["items"]) == (0, [{"id": None, "opportunity": None, "problems": []}, broken])
    done = world.garage.ada.ask(BULK_LOSE, items=items, input=given, onError="SKIP_FAILED")["x"]
    lost = {"id": str(early), "opportunity": {"stage": "LOST", "lostBecause": "too dear"}, "problems": []}
    assert (done["written"], done["items"]) == (1, [lost, broken])


def test_a_dry_run_of_many_leaves_the_rest_of_its_operation_alone(world: World) -> None:
    id_ = str(world.garage.make(Opportunity))
    query = """
        mutation($id: ID!) {
          won: opportunityBulkWin(items: [{ id: $id }], dryRun: true) { items { id problems { code } } }
          changed: opportunityUpdate(id: $id, input: { notes: "kept" }) { id problems { code } }
        }"""
    assert world.garage.ada.ask(query, id=id_) == {
        "won": {"items": [{"id": None, "problems": [{"code": "WRONG_STATE"}]}]},
        "changed": {"id": id_, "problems": []},
    }


def test_sellers_act_on_their_own(world: World) -> None:
    """What sue owns is out of sam's sight, and in mona's, to whom both report."""
    id_ = str(world.garage.make(Opportunity, owner_id=world.garage.sue.id))
    (problem,) = world.garage.sam.ask(ADVANCE, id=id_)["x"]["problems"]
    assert (problem["code"], problem["path"]) == ("NOT_FOUND", ["id"])
    assert world.garage.sue.ask(ADVANCE, id=id_)["x"]["opportunity"]["stage"] == "ENGAGING"
    assert world.garage.mona.ask(WIN, id=id_)["x"]["opportunity"]["stage"] == "WON"


def test_who_reacts_hears_of_the_update_and_of_the_action(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[tuple[str, UUID]] = []

    def reaction(name: str) -> Reaction:
        return Reaction(lambda _scope, records: heard.extend((name, record.id) for record in records))

    for event in (events.updated(Opportunity), events.acted(opportunity_win)):
        monkeypatch.setitem(events._reactions, event, [reaction(event.name)])
    id_ = world.garage.make(Opportunity, stage=OpportunityStage.ENGAGING)
    world.garage.ada.ask(WIN, id=str(id_))
    assert heard == [("opportunity.updated", id_), ("opportunity.won", id_)]


LINED = """
    mutation($input: OpportunityCreateInput!) {
      x: opportunityCreate(input: $input) {
        id opportunity { version amount { amount } lines { id amount { amount } } } problems { code message path }
      }
    }"""
LINES = """
    mutation($id: ID!, $input: OpportunityUpdateInput!) {
      x: opportunityUpdate(id: $id, input: $input) {
        id opportunity { version amount { amount } lines { id amount { amount } } } problems { code message path }
      }
    }"""
BIKES = {"description": "Bikes", "quantity": 3, "unitPrice": {"amount": "99.99"}, "discount": "10"}
BELLS = {"description": "Bells", "quantity": "2.5", "unitPrice": {"amount": "1.333333"}}
FREE = {"description": "Advice", "quantity": 1}


def _amounts(record: dict[str, Any]) -> tuple[str | None, list[str | None]]:
    lines = [line["amount"] and line["amount"]["amount"] for line in record["lines"]]
    return record["amount"] and record["amount"]["amount"], lines


def test_it_is_worth_the_sum_of_its_lines(world: World) -> None:
    ada = world.garage.ada
    made = ada.ask(LINED, input={"name": "o", "lines": [BIKES, BELLS, FREE]})["x"]
    assert made["problems"] == []
    assert _amounts(made["opportunity"]) == ("273.3", ["269.97", "3.33", None])
    bikes, bells, _ = (line["id"] for line in made["opportunity"]["lines"])
    changes = {"update": [{"id": bikes, "discount": None}], "delete": [bells]}
    changed = ada.ask(LINES, id=made["id"], input={"lines": changes})["x"]
    assert _amounts(changed["opportunity"]) == ("299.97", ["299.97", None])
    row = audited(world, world.garage, made["id"])[-1]
    assert row["fields"] == ["amount", "lines"]
    assert row["changes"]["amount"] == ["273.3000", "299.9700"]
    before, after = row["changes"]["lines"]
    assert after == [{"id": bikes, "discount": None, "amount": "299.9700"}]
    assert [line["id"] for line in before] == [bells, bikes]


def test_its_amount_is_written_by_hand_while_it_has_no_lines(world: World) -> None:
    ada = world.garage.ada
    made = ada.ask(LINED, input={"name": "o", "amount": {"amount": "5"}})["x"]
    assert _amounts(made["opportunity"]) == ("5", [])
    lined = ada.ask(LINES, id=made["id"], input={"lines": {"create": [BIKES]}})["x"]
    assert _amounts(lined["opportunity"]) == ("269.97", ["269.97"])
    refused = ada.ask(LINES, id=made["id"], input={"amount": {"amount": "5"}})["x"]
    assert (refused["id"], [(p["code"], p["path"]) for p in refused["problems"]]) == (None, [("BAD_INPUT", ["amount"])])
    assert refused["problems"][0]["message"] == "Amount follows from the lines: leave it out."
    same = ada.ask(LINES, id=made["id"], input={"amount": {"amount": "269.97"}})["x"]
    assert (same["problems"], same["opportunity"]["version"]) == ([], 2)
    line = lined["opportunity"]["lines"][0]["id"]
    bare = ada.ask(LINES, id=made["id"], input={"lines": {"delete": [line]}, "amount": {"amount": "7"}})["x"]
    assert _amounts(bare["opportunity"]) == ("7", [])


def test_the_rules_of_lines_are_told_at_their_place(world: World) -> None:
    made = world.garage.ada.ask(LINED, input={"name": "o", "lines": [BIKES, BIKES | {"discount": "101"}]})["x"]
    assert [(p["code"], p["path"]) for p in made["problems"]] == [("RULE_BROKEN", ["lines", "1", "discount"])]


def test_an_action_leaves_its_lines_and_its_sum_alone(world: World) -> None:
    made = world.garage.ada.ask(LINED, input={"name": "o", "lines": [BIKES]})["x"]
    assert world.garage.ada.ask(ADVANCE, id=made["id"])["x"]["problems"] == []
    row = audited(world, world.garage, made["id"])[-1]
    assert (row["action"], row["version"], row["fields"]) == ("advance", 2, ["engaged_on", "stage"])


DISCOUNT = """
    mutation($id: ID!, $discount: Decimal!, $dryRun: Boolean) {
      x: opportunityDiscount(id: $id, input: { discount: $discount }, dryRun: $dryRun) {
        id
        opportunity { version amount { amount } lines { discount amount { amount } } }
        problems { code message path }
      }
    }"""


def test_a_discount_goes_to_every_line_with_a_price(world: World) -> None:
    """By somebody who may not write a price: what an action does to lines is its own decision."""
    id_ = world.garage.ada.ask(LINED, input={"name": "o", "lines": [BIKES, BELLS, FREE]})["x"]["id"]
    hidden = Grants(
        rights(RowScope.ALL, "opportunity", operations=("read", "discount")),
        limits("opportunity", "amount", Access.HIDDEN),
    )
    dora = hire(world.garage, "dora", hidden)
    assert dora.ask(DISCOUNT, id=id_, discount="20", dryRun=True)["x"] == {
        "id": None,
        "opportunity": None,
        "problems": [],
    }
    done = dora.ask(DISCOUNT, id=id_, discount="20")["x"]
    assert done["problems"] == []
    unseen = {"discount": None, "amount": None}
    assert done["opportunity"] == {"version": 2, "amount": None, "lines": [unseen] * 3}
    read = "query($id: ID!) { x: opportunity(id: $id) { amount { amount } lines { discount amount { amount } } } }"
    found = world.garage.ada.ask(read, id=id_)["x"]
    assert _amounts(found) == ("242.65", ["239.98", "2.67", None])
    assert [line["discount"] for line in found["lines"]] == ["20", "20", None]
    row = audited(world, world.garage, id_)[-1]
    assert (row["kind"], row["action"], row["version"], row["fields"]) == ("acted", "discount", 2, ["amount", "lines"])
    (refused,) = dora.ask(DISCOUNT, id=id_, discount="100.5")["x"]["problems"]
    assert (refused["code"], refused["path"]) == ("RULE_BROKEN", ["lines", "discount"])
    assert len(audited(world, world.garage, id_)) == 2


def test_a_product_that_lines_refer_to_is_not_merged_away(world: World) -> None:
    kept, away = (str(world.garage.make(Product)) for _ in range(2))
    line = BIKES | {"productId": away}
    assert world.garage.ada.ask(LINED, input={"name": "o", "lines": [line]})["x"]["problems"] == []
    before = audited(world, world.garage)
    merge = "productMerge(into: $into, from: $from) { id problems { code path } }"
    query = f"mutation($into: ID!, $from: [ID!]!) {{ x: {merge} }}"
    told = {"id": None, "problems": [{"code": "REFERENCED", "path": ["from"]}]}
    assert world.garage.ada.ask(query, **{"into": kept, "from": [away]})["x"] == told
    assert audited(world, world.garage) == before
    assert world.garage.ada.ask(query, **{"into": away, "from": [kept]})["x"] == {"id": away, "problems": []}


def test_an_upsert_brings_all_the_lines_and_null_takes_them_away(world: World) -> None:
    ada = world.garage.ada
    upsert = "opportunityUpsert(by: CODE, input: $input) { id opportunity { lines { description } } problems { code } }"
    query = f"mutation($input: OpportunityCreateInput!) {{ x: {upsert} }}"
    values = {"name": "o", "code": "lined"}
    for lines, told in (([BIKES, BELLS], ["Bikes", "Bells"]), ([FREE], ["Advice"]), (None, ["Advice"])):
        given = values if lines is None else values | {"lines": lines}
        done = ada.ask(query, input=given)["x"]
        assert done["problems"] == []
        assert [line["description"] for line in done["opportunity"]["lines"]] == told
    ((id_,),) = world.sql(world.garage, "SELECT id FROM opportunity WHERE code = 'lined'")
    cleared = ada.ask(LINES, id=str(id_), input={"lines": None})["x"]
    assert (cleared["problems"], cleared["opportunity"]["lines"]) == ([], [])


def test_a_line_goes_once(world: World) -> None:
    made = world.garage.ada.ask(LINED, input={"name": "o", "lines": [BIKES]})["x"]
    line = made["opportunity"]["lines"][0]["id"]
    refused = world.garage.ada.ask(LINES, id=made["id"], input={"lines": {"delete": [line, line]}})["x"]
    told = [(problem["code"], problem["path"]) for problem in refused["problems"]]
    assert told == [("NOT_FOUND", ["lines", "delete", "1"])]
