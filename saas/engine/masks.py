"""Masks: what is shown of a value to those who may know that it is there, but not what it is."""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement

_STARS = "****"
Mask = Callable[[ColumnElement[Any]], ColumnElement[Any]]


def _phone(value: ColumnElement[Any]) -> ColumnElement[Any]:
    """138****5678 of a long number; of a short one the last two signs."""
    length = sa.func.length(value)
    return sa.case(
        (length >= 11, sa.func.left(value, 3) + _STARS + sa.func.right(value, 4)),
        (length >= 6, sa.literal(_STARS) + sa.func.right(value, 2)),
        (value.is_not(None), sa.literal(_STARS)),
    )


def _email(value: ColumnElement[Any]) -> ColumnElement[Any]:
    """s****@example.com."""
    domain = sa.func.split_part(value, "@", 2)
    return sa.func.left(value, 1) + _STARS + "@" + domain


def _name(value: ColumnElement[Any]) -> ColumnElement[Any]:
    """The first sign: 王****."""
    return sa.func.left(value, 1) + _STARS


def _tail(value: ColumnElement[Any]) -> ColumnElement[Any]:
    """The last four signs of at least eight."""
    return sa.case(
        (sa.func.length(value) >= 8, sa.literal(_STARS) + sa.func.right(value, 4)),
        (value.is_not(None), sa.literal(_STARS)),
    )


def _stars(value: ColumnElement[Any]) -> ColumnElement[Any]:
    """Only that there is something."""
    return sa.case((value.is_not(None), sa.literal(_STARS)))


def _shown(value: ColumnElement[Any]) -> ColumnElement[Any]:
    """As it is: of an address the city."""
    return value


MASKS: dict[str, Mask] = {
    "stars": _stars,
    "shown": _shown,
    "phone": _phone,
    "email": _email,
    "name": _name,
    "tail": _tail,
}
