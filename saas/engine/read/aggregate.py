"""Aggregates: sums, averages, bounds and counts over all records of a list, as far as the viewer sees their values."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import ColumnElement, FromClause

from saas.engine.access.fields import readable, visible
from saas.engine.asker import Asker
from saas.engine.field import Field, Kind
from saas.engine.read.figures import Function, Measure, WantedFigures
from saas.engine.read.joined import Joined
from saas.engine.read.listing import Listing
from saas.engine.read.value import comparable
from saas.engine.registry import Connection
from saas.engine.scope import Scope

DECIMALS = 6  # of an average
Aggregate = dict[str, Any]


def aggregate(scope: Scope, listing: Listing, wanted: WantedFigures) -> Aggregate:
    """The figures over all records of a list, in one statement."""
    statement = statement_of(listing, shown_measures(scope, wanted))
    return arranger(scope, wanted)(scope.session.execute(statement).mappings().one())


def aggregate_of_each(
    scope: Scope, listing: Listing, via: Connection, parents: Sequence[UUID], wanted: WantedFigures
) -> dict[UUID, Aggregate]:
    """The figures over all records of the list of each of these parents, in one statement."""
    parent = visible(scope.profile, listing.one, via.field, listing.table)
    below = listing.table.c[via.field.name].in_(parents)
    statement = statement_of(listing, shown_measures(scope, wanted), parent, below)
    rows = {row["per"]: row for row in scope.session.execute(statement).mappings()}
    arranged = arranger(scope, wanted)
    return {each: arranged(rows.get(each)) for each in parents}


def statement_of(
    listing: Listing,
    measures: Sequence[Measure],
    per: ColumnElement[Any] | None = None,
    *more: ColumnElement[bool],
    inside: FromClause | None = None,
) -> sa.Select[Any]:
    """The figures over all records of a list of which `more` holds too, for each value of `per`, if there is one.

    It may stand `inside` a statement and refer to what that reads.
    """
    joined = Joined(listing.scope, listing.one, listing.table)
    values = [*measured_values(joined, measures), (listing.table.c.id if per is None else per).label("per")]
    records = sa.select(*values).select_from(joined.source).where(*listing.conditions, *more)
    rows = (records if inside is None else records.correlate(inside)).subquery()
    statement = sa.select(*figures(rows, measures)).select_from(rows)
    return statement if per is None else statement.add_columns(rows.c.per).group_by(rows.c.per)


def shown_measures(scope: Asker, wanted: WantedFigures) -> list[Measure]:
    """The figures but those of fields that are hidden on all records."""
    return [measure for measure in wanted.measures if not _is_hidden(scope, wanted, measure.field)]


def _is_hidden(scope: Asker, wanted: WantedFigures, field: Field) -> bool:
    return readable(scope.profile, wanted.object, field, wanted.object.table) is False


def measured_values(joined: Joined, measures: Iterable[Measure]) -> Iterator[ColumnElement[Any]]:
    """The values of each record that the measures are taken of, as columns; Forbidden for a field that is hidden."""
    done: set[str] = set()
    for measure in measures:
        if measure.column not in done:
            done.add(measure.column)
            yield _value(joined, measure.field).label(measure.column)


def _value(joined: Joined, field: Field) -> ColumnElement[Any]:
    """What counts of a field: NULL where it is hidden; of a reference the record, if it is in sight."""
    if field.kind is Kind.REFERENCE:
        _, behind = joined.behind((field,))
        identity: ColumnElement[Any] = behind.c.id
        return identity
    one, table = joined.behind(())
    return comparable(joined.scope, one, field, table)


def figures(rows: FromClause, measures: Iterable[Measure]) -> Iterator[ColumnElement[Any]]:
    """The number of records and each figure, over the columns of `measured_values`."""
    yield sa.func.count().label("count")
    for measure in measures:
        yield _figure(measure.function, rows.c[measure.column]).label(measure.label)


def _figure(function: Function, value: ColumnElement[Any]) -> ColumnElement[Any]:
    if function is Function.COUNT:
        return sa.func.count(value)
    if function is Function.COUNT_DISTINCT:
        return sa.func.count(value.distinct())
    if function is Function.SUM:
        return sa.func.sum(value, type_=sa.Numeric())
    if function is Function.AVG:
        return sa.func.round(sa.func.avg(value), DECIMALS, type_=sa.Numeric())
    return sa.func.min(value) if function is Function.MIN else sa.func.max(value)


def arranger(scope: Asker, wanted: WantedFigures) -> Callable[[Mapping[Any, Any] | None], Aggregate]:
    """Brings a row of `figures`, or that of no records, into the form of the API; a field hidden on all is None."""
    hidden = {name for name, field in wanted.fields.items() if _is_hidden(scope, wanted, field)}
    measures = shown_measures(scope, wanted)

    def arranged(row: Mapping[Any, Any] | None) -> Aggregate:
        found: Aggregate = {"count": 0 if row is None else row["count"]}
        found |= {name: None if name in hidden else {} for name in wanted.fields}
        for measure in measures:
            nothing = 0 if measure.function in (Function.COUNT, Function.COUNT_DISTINCT) else None
            found[measure.field.name][measure.function] = nothing if row is None else row[measure.label]
        return found

    return arranged
