"""Validation by graphql-core's rules, which look up by name what they do at each kind of node only once."""

from functools import cache
from typing import Any

from graphql import ASTValidationRule, DocumentNode, GraphQLError, specified_rules, validate
from graphql.language.visitor import EnterLeaveVisitor

from saas.schema.build import schema

MOST_ERRORS = 20


def mistakes_in(document: DocumentNode) -> list[GraphQLError]:
    """What is wrong with the document, the first twenty."""
    return validate(schema(), document, _rules(), max_errors=MOST_ERRORS, hide_suggestions=True)


@cache
def _rules() -> tuple[type[ASTValidationRule], ...]:
    return tuple(_quick(rule) for rule in specified_rules)


def _quick(rule: type[ASTValidationRule]) -> type[ASTValidationRule]:
    """The rule with the names of its methods known: looking them up for each document was a third of the work."""
    names: dict[str, tuple[str | None, str | None]] = {}

    def get_enter_leave_for_kind(self: Any, kind: str) -> EnterLeaveVisitor:
        known = self.enter_leave_map.get(kind)
        if known is not None:
            return known  # type: ignore[no-any-return]  # of the base class, which has no hint for it here
        if kind not in names:
            names[kind] = _name(rule, "enter", kind), _name(rule, "leave", kind)
        enter, leave = names[kind]
        found = EnterLeaveVisitor(enter and getattr(self, enter), leave and getattr(self, leave))  # type: ignore[arg-type]  # None is as good
        self.enter_leave_map[kind] = found
        return found

    return type(rule.__name__, (rule,), {"get_enter_leave_for_kind": get_enter_leave_for_kind})


def _name(rule: type[ASTValidationRule], when: str, kind: str) -> str | None:
    return next((name for name in (f"{when}_{kind}", when) if getattr(rule, name, None)), None)
