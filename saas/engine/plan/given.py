"""The variables of a request as a plan sees them: their structure is known, single values are told later."""

from collections.abc import Hashable, Mapping
from enum import Enum
from typing import Any

from graphql.execution.values import VariableValues

from saas.engine.later import Find, Guard, Later

_TEXT = {str}


def as_told_later(variables: Mapping[str, Any], guards: list[Guard]) -> VariableValues:
    """The coerced variables, each single value in them a `Later` that finds it in a run."""
    coerced = {name: _later(value, _variable(name), guards) for name, value in variables.items()}
    return VariableValues({}, coerced)


def _variable(name: str) -> Find:
    return lambda run: run.variables[name]


def _part(find: Find, key: str | int) -> Find:
    return lambda run: find(run)[key]


def _later(value: Any, find: Find, guards: list[Guard]) -> Any:
    if isinstance(value, Mapping):
        return {name: _later(inner, _part(find, name), guards) for name, inner in value.items()}
    if isinstance(value, list):
        if not value or not _are_single(value):
            return [_later(inner, _part(find, i), guards) for i, inner in enumerate(value)]
        return Later(value, find, guards)
    return Later(value, find, guards) if _is_single(value) else value


def shape_of(variables: Mapping[str, Any]) -> Hashable:
    """What a plan knows of the variables: two requests of one shape may share it, if its guards hold."""
    if set(map(type, variables.values())) <= _TEXT:  # most are
        return tuple([(name, "value") for name in variables])
    return tuple((name, _shape(value)) for name, value in variables.items())


def _shape(value: Any) -> Hashable:
    if isinstance(value, Mapping):
        return tuple((name, _shape(inner)) for name, inner in value.items())
    if isinstance(value, list):
        return "list" if value and _are_single(value) else tuple(_shape(inner) for inner in value)
    return "value" if _is_single(value) else (value,)


def _is_single(value: Any) -> bool:
    """Whether it is a value that is compared, as against one that decides how the SQL looks."""
    return value is not None and not isinstance(value, bool | Enum | Mapping | list)


def _are_single(values: list[Any]) -> bool:
    return all(map(_is_single, values))
