"""What a webhook tells somebody are the records that their list shows, whoever they are: one kernel for both doors."""

from typing import Any

import sqlalchemy as sa

from saas.engine.audit import audit
from saas.engine.scope import open_scope
from saas.modules.webhooks.payloads import Due, contents
from tests.lively import Lively

LIST = "{ customers(first: 200) { nodes { id name phone } } }"
DOCUMENT = "subscription { customerChanged { id customer { id name phone } } }"


def test_for_everybody_it_tells_what_their_list_shows(lively: Lively) -> None:
    counts = set()
    for person in lively.halden.people.values():
        answer = person.http(LIST).json()
        shown = {} if "errors" in answer else {each["id"]: each for each in answer["data"]["customers"]["nodes"]}
        with open_scope(person.tenant, person.id, write=False) as scope:
            made = sa.select(audit).where(audit.c.object == "customer", audit.c.kind == "created")
            due = [
                Due(row.id, "customer.created", row.object, row.id, row.at, None, None, None)
                for row in scope.session.execute(made)
            ]
            told = contents(scope, DOCUMENT, due)
        bodies: list[Any] = [each["data"] for each in told.values() if isinstance(each, dict)]
        assert {each["customerChanged"]["id"]: each["customerChanged"]["customer"] for each in bodies} == shown
        counts.add(len(shown))
    assert len(counts) > 3, "people of every kind of right"
