"""Groups: records counted and added up by what they have in common, a page of groups at a time."""

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from saas.engine.asker import Asker
from saas.engine.dictionary import choices
from saas.engine.read.aggregate import arranger, figures, measured_values, shown_measures
from saas.engine.read.cursor import keys_in, seal
from saas.engine.read.fetch import fetch_by_ids
from saas.engine.read.figures import Measure
from saas.engine.read.group_keys import Key, followed_values, key_column, key_forms, key_value, keys_of
from saas.engine.read.having import Having, followed_keys, group_terms, measures_of_having, measures_of_order
from saas.engine.read.joined import Joined
from saas.engine.read.listing import Listing, Page
from saas.engine.read.order import Term, beyond
from saas.engine.read.request import MAX_COUNT
from saas.engine.read.wanted_groups import WantedGroups
from saas.engine.scope import Scope
from saas.kit.errors import BadInput

Row = Mapping[Any, Any]


class Groups:
    """The groups that are asked for as SQL; BadInput or Forbidden for what they cannot be."""

    def __init__(self, scope: Asker, asked: WantedGroups) -> None:
        self.scope, self.asked, self.one = scope, asked, asked.object
        self.size = asked.request.page.size
        self.keys = keys_of(self.one, asked.request.by)
        self.followed = followed_keys(self.one, self.keys, asked.request.order_by)
        having, order_by = asked.request.having, asked.request.order_by
        measures = dict.fromkeys(shown_measures(scope, asked.figures) if asked.is_read else ())
        measures |= dict.fromkeys(measures_of_having(self.one, having))
        measures |= dict.fromkeys(measures_of_order(self.one, order_by))
        self.table = self._grouped(measures)
        self.holding = Having(self.one, self.table).condition(having)
        self.order = group_terms(self.one, self.table, self.keys, self.followed, order_by)
        named = ",".join(key.name for key in self.keys), ",".join(term.name for term in self.order)
        self.signature = f"{self.one.name} by {named[0]}: {named[1]}"

    def _grouped(self, measures: Iterable[Measure]) -> sa.Subquery:
        """A row for each group: its keys, their written forms, the number of its records and the figures."""
        listing = Listing(self.scope, self.one, self.asked.request.of)
        joined = Joined(self.scope, self.one, listing.table)
        keys = [key_value(joined, key).label(key_column(i)) for i, key in enumerate(self.keys)]
        texts = [
            value.label(key_column(i, form))
            for i, key in enumerate(self.keys)
            for form, value in key_forms(joined, key).items()
        ]
        followed = [
            value.label(f"{key_column(i, 'followed')}_{place}")
            for i, key in enumerate(self.followed)
            for place, value in enumerate(followed_values(joined, key))
        ]
        columns = [*keys, *texts, *followed, *measured_values(joined, measures)]
        rows = sa.select(*columns).select_from(joined.source).where(*listing.conditions).subquery()
        by = [rows.c[key.name] for key in (*keys, *followed)]  # what is followed is the same throughout a group
        forms = [sa.func.min(rows.c[text.name]).label(text.name) for text in texts]
        return sa.select(*by, *forms, *figures(rows, measures)).group_by(*by).subquery()

    def page(self) -> sa.Select[Any]:
        """The groups of one page and, to know whether there are more, the one behind it."""
        conditions, after = [self.holding], self.asked.request.page.after
        if after is not None:
            conditions.append(beyond(self.order, keys_in(self.scope, self.signature, after, len(self.order))))
        values = (term.value.label(f"_key{i}") for i, term in enumerate(self.order))
        statement = sa.select(self.table, *values).where(*conditions)
        return statement.order_by(*(term.clause for term in self.order)).limit(self.size + 1)

    def held(self, most: int) -> sa.Select[Any]:
        """A row for each group that counts, but no more than one above `most`."""
        return sa.select(sa.literal(1).label("one")).select_from(self.table).where(self.holding).limit(most + 1)

    def counted(self, most: int) -> sa.Select[Any]:
        """How many groups there are, counted up to one above `most`."""
        if not 0 <= most <= MAX_COUNT:
            raise BadInput(f"max must be between 0 and {MAX_COUNT}, not {most}.", path=("max",))
        return sa.select(sa.func.count()).select_from(self.held(most).subquery())


def read_groups(scope: Scope, asked: WantedGroups) -> Page:
    """A page of the groups of all records that the actor may read."""
    scope.need(f"{asked.object.rights}.read")
    groups, request = Groups(scope, asked), asked.request.page
    found = scope.session.execute(groups.counted(max(asked.counts))).scalar_one() if asked.counts else None
    if not asked.is_read:
        return Page(request, found=found)
    rows = list(scope.session.execute(groups.page()).mappings())
    more, rows = len(rows) > groups.size, rows[: groups.size]
    cursors = [seal(scope, groups.signature, _place(groups.order, row)) for row in rows]
    records, arranged = _records(scope, groups, rows), arranger(scope, asked.figures)
    nodes = [
        {"keys": _nested(groups.keys, row, records), "count": row["count"], "aggregate": arranged(row)} for row in rows
    ]
    has_previous = request.after is not None
    return Page(request, nodes, cursors, has_next=more, has_previous=has_previous, found=found)


def _place(order: list[Term], row: Row) -> list[Any]:
    return [row[f"_key{i}"] for i in range(len(order))]


def _records(scope: Scope, groups: Groups, rows: list[Any]) -> dict[tuple[str, ...], dict[Any, Any]]:
    """What the keys stand for, by the path of the key and its value: records by their ids, choices by their codes.

    One statement for each key that wants records, and one for all choices.
    """
    found: dict[tuple[str, ...], dict[Any, Any]] = {}
    chosen = {key_column(i): key.field.dictionary for i, key in enumerate(groups.keys) if key.field}
    pairs = [(of.code, row[name]) for name, of in chosen.items() for row in rows if of and row[name] is not None]
    labels = choices(scope, pairs)
    for i, key in enumerate(groups.keys):
        wanted = groups.asked.records.get(key.api[:-1]) if key.field is None else None
        if wanted is not None:
            ids = (row[key_column(i)] for row in rows)
            known = (each for each in ids if each is not None)
            found[key.api] = fetch_by_ids(scope, wanted, known, by_reference=bool(key.references))
        elif of := chosen.get(key_column(i)):
            found[key.api] = {code: choice for (whose, code), choice in labels.items() if whose == of.code}
    return found


def _nested(keys: list[Key], row: Row, records: Mapping[tuple[str, ...], Mapping[Any, Any]]) -> dict[str, Any]:
    """The keys of a group by the names of the API, one dict in another along references."""
    nested: dict[str, Any] = {}
    for i, key in enumerate(keys):
        place = nested
        for name in key.api[:-1]:
            place = place.setdefault(name, {})
        value = row[key_column(i)]
        place[key.api[-1]] = row.get(key_column(i, "shown"), value)
        if key.field is None:
            place["record"] = records.get(key.api, {}).get(value)
        elif key.field.dictionary:
            place[key.api[-1]] = records.get(key.api, {}).get(value)
    return nested
