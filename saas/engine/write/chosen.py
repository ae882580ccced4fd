"""Choices of a batch: each must be an active entry of its dictionary; an inactive one may stay where it is."""

from collections.abc import Mapping, Sequence
from typing import Any

from saas.engine.dictionary import SHOWN, known_codes, writable_codes
from saas.engine.field import DictionaryFacts, Field
from saas.engine.problem import Problem, ProblemCode
from saas.engine.registry import ObjectType
from saas.engine.scope import Scope
from saas.kit.text import camel


def choice_problems(scope: Scope, one: ObjectType, rows: Sequence[Mapping[str, Any]]) -> list[list[Problem]]:
    """For each row the codes that cannot be chosen, with one statement for all, and one more to name the others."""
    problems: list[list[Problem]] = [[] for _ in rows]
    fields = [(field, field.dictionary) for field in one.fields.values() if field.dictionary is not None]
    asked = {(of.code, row[field.name]) for field, of in fields for row in rows if row.get(field.name) is not None}
    wrong = asked - writable_codes(scope, asked) if asked else set()
    if not wrong:
        return problems
    known = known_codes(scope, {code for code, _ in wrong})
    for field, of in fields:
        for row, found in zip(rows, problems, strict=True):
            if (of.code, row.get(field.name)) in wrong:
                found.append(_unknown(field, of, str(row[field.name]), known.get(of.code, [])))
    return problems


def _unknown(field: Field, of: DictionaryFacts, code: str, known: Sequence[str]) -> Problem:
    shown = ", ".join(known[:SHOWN]) + (", …" if len(known) > SHOWN else "")
    message = f"{field.label.en}: {code[:60]!r} cannot be chosen from the dictionary {of.code}. Choose one of: {shown}."
    return Problem(ProblemCode.BAD_INPUT, message, (camel(field.name),))
