"""A module that ends the transaction is caught; one that leaves it to the door is not."""

from tests.rules.conftest import Findings

FILE = "saas/modules/sales/quote.py"


def test_commit_and_rollback_are_refused_with_their_line(findings: Findings) -> None:
    text = "def f(scope):\n    scope.session.commit()\n    scope.session.rollback()\n"
    assert findings("modules-never-commit", {FILE: text}) == [
        f"{FILE}:2: a module calls commit(). Leave the transaction to the door that opened it.",
        f"{FILE}:3: a module calls rollback(). Leave the transaction to the door that opened it.",
    ]


def test_flush_wants_a_comment(findings: Findings) -> None:
    bare = "def f(session):\n    session.flush()\n"
    assert findings("modules-never-commit", {FILE: bare}) == [
        f"{FILE}:2: flush() without a comment. Say on the line why it is needed here."
    ]


def test_flush_with_a_comment_on_or_above_the_line_passes(findings: Findings) -> None:
    text = "def f(session):\n    session.flush()  # the number needs the id\n    # likewise\n    session.flush()\n"
    assert findings("modules-never-commit", {FILE: text}) == []


def test_other_layers_may_commit(findings: Findings) -> None:
    assert findings("modules-never-commit", {"saas/tenants/session.py": "session.commit()\n"}) == []
