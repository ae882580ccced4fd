"""Questions that writes ask again and again: made into SQL once for a form of rights, asked with new values each time.

The statement is built by the same functions as any other; what differs from write to write is told by `given`.
"""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from saas.engine.asker import Asker
from saas.engine.later import Later, bound
from saas.engine.rowsource import naming
from saas.engine.scope import Scope
from saas.engine.sql.text import Parameter, Parameters, Text
from saas.tenants.names import quoted
from saas.tenants.reader_statement import SCHEMA
from saas.tenants.waiting import ask_raw_rows

_MOST = 2_000


@dataclass(frozen=True, slots=True)
class _Question:
    """The SQL, the schema marked in it as in a `Statement`, and where its parameters come from."""

    sql: str
    parameters: tuple[Parameter, ...]


@dataclass(slots=True, kw_only=True)
class _Asking(Asker):
    """Who asks, and the values of the moment."""

    given: Mapping[str, Any]


_kept: dict[Hashable, _Question] = {}


def given(name: str, type_: sa.types.TypeEngine[Any]) -> sa.ColumnElement[Any]:
    """A value that is told with each question."""
    return bound(Later(None, lambda asking: asking.given[name], key=("given", name)), type_)


def answers(scope: Scope, key: Hashable, build: Callable[[], sa.Select[Any]], **values: Any) -> list[tuple[Any, ...]]:
    """The rows that answer what `build` makes.

    It is the same for this key, the actor's form of rights, and the tenant's language, currency and zone.
    """
    tenant = scope.tenant
    whole = (key, scope.profile.form, tenant.language, tenant.base_currency, tenant.time_zone)
    question = _kept.get(whole)
    if question is None:
        if len(_kept) >= _MOST:
            _kept.clear()
        question = _kept[whole] = _made(build)
    asking = _Asking(tenant=tenant, profile=scope.profile, now=scope.now, given=values)
    sql = question.sql.replace(SCHEMA, quoted(tenant.schema))
    return ask_raw_rows(scope.session, sql, [find(asking) for find in question.parameters])


def _made(build: Callable[[], sa.Select[Any]]) -> _Question:
    parameters = Parameters()
    with naming():
        text = Text(parameters)
        told = text.of(build())
        sql = text.with_clause() + told
    return _Question(sql, tuple(parameters.made))
