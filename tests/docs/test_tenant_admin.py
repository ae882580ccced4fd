"""docs/tenant-admin.md is a story that can be carried out, example by example, and answers what it says."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from graphql import OperationDefinitionNode, parse

from saas.kit import clock
from saas.tenants.sign_in import issue_token
from tests.world import Person, World, call

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "tenant-admin.md").read_text("utf-8")
EXAMPLES = re.findall(r"```(graphql|json)\n(.*?)```", PAGE, re.DOTALL)
IN_THE_HOLIDAYS = datetime(2026, 12, 22, 11, tzinfo=UTC)


class Story:
    """What was answered so far: ids by the names that the examples gave them, and the last answer."""

    def __init__(self, admin: Person) -> None:
        self.admin = admin
        self.ids: dict[str, str] = {}
        self.data: dict[str, Any] = {}
        self.extensions: dict[str, Any] = {}

    def tell(self, kind: str, example: str) -> None:
        if kind == "graphql":
            self._ask(example)
        elif '"query"' in example:
            self._request(example)
        else:
            assert self.data == json.loads(example)

    def _ask(self, document: str) -> None:
        (operation,) = parse(document).definitions
        assert isinstance(operation, OperationDefinitionNode)
        names = [each.variable.name.value for each in operation.variable_definitions or ()]
        self.data = self.admin.ask(document, **{name: self.ids[name] for name in names})
        for alias, told in self.data.items():
            if isinstance(told, dict) and "problems" in told:
                assert told["problems"] == [], document
                self.ids[alias] = told["id"]

    def _request(self, text: str) -> None:
        body = re.sub(r'"\$(\w+)"', lambda found: json.dumps(self.ids[found[1]]), text)
        headers = {"authorization": f"Bearer {self.admin.token}"}
        answer = call("POST", "/graphql", json=json.loads(body), headers=headers).json()
        assert "errors" not in answer, answer
        self.data, self.extensions = answer["data"], answer["extensions"]


def test_the_story_can_be_carried_out(world: World) -> None:
    with clock.stopped_at(IN_THE_HOLIDAYS):
        ada = world.garage.ada
        story = Story(replace(ada, token=issue_token(ada.tenant, ada.id, 1).token))
        for kind, example in EXAMPLES:
            story.tell(kind, example)
        why = "query($hao: ID!, $customer: ID!) { whyVisible(person: $hao, record: $customer) { visible } }"
        story.tell("graphql", why)
        assert story.data["whyVisible"] == {"visible": True}
    assert len(EXAMPLES) == 20
    assert story.extensions["asRole"]["roleIds"] == [story.ids["seller"]]


def test_the_preview_shows_what_the_page_says(world: World) -> None:
    """The customer is not in the administrator's department, so a seller in their place does not see it."""
    with clock.stopped_at(IN_THE_HOLIDAYS):
        rita = world.rival.rita
        story = Story(replace(rita, token=issue_token(rita.tenant, rita.id, 1).token))
        previews = [example for kind, example in EXAMPLES if kind == "json" and '"query"' in example]
        for kind, example in EXAMPLES:
            story.tell(kind, example)
            if example in previews:
                break
    viewer = story.data["viewer"]
    assert {"product.update", "customer.read", "opportunity.win"} <= set(viewer["permissions"])
    assert not {"role.update", "customer.delete"} & set(viewer["permissions"])
    assert viewer["specials"] == [{"key": "customer.limit", "value": 200}, {"key": "export.excel", "value": False}]
    assert story.data["customers"]["nodes"] == []
