"""The numbers of objects: how far each has been counted, and which pattern it follows in this tenant."""

from collections.abc import Callable, Mapping

import sqlalchemy as sa
from sqlalchemy.orm import Session

from saas.engine.customised import Customised
from saas.engine.number_pattern import Pattern
from saas.engine.record import metadata
from saas.engine.registry import ObjectType
from saas.engine.scope import Scope

number_counter = sa.Table(
    "number_counter",
    metadata,
    sa.Column("object", sa.Text(collation="C"), primary_key=True),
    sa.Column("period", sa.Text(collation="C"), primary_key=True),
    sa.Column("value", sa.BigInteger(), nullable=False),
    comment="The last count given, for each object and each span of time that is counted by itself.",
)

Source = Callable[[Session], Mapping[str, Pattern]]
_sources: list[Source] = []


def patterns_from(source: Source) -> Source:
    """Declare where the tenant's own patterns, by object, are read."""
    _sources.append(source)
    return source


def _read(session: Session) -> Mapping[str, Pattern]:
    return {name: pattern for source in _sources for name, pattern in source(session).items()}


_patterns = Customised(_read)


def pattern_of(scope: Scope, one: ObjectType) -> Pattern:
    """The tenant's own pattern for the object, else the one that its class declares."""
    return _patterns.of(scope).get(one.name) or Pattern(one.record.facts.number_pattern)
