"""A page of changes: windows of the feed are judged until the page is full, the feed ends, or it has looked enough."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter
from uuid import UUID

from saas.engine.access.tables import RowScope
from saas.engine.changes.below import Below, Root, ancestors, records_below
from saas.engine.changes.place import NOTHING, Place, Standing, sealed, standing, unsealed
from saas.engine.changes.told import RecordChange
from saas.engine.changes.window import Judge, Judges, Row, window
from saas.engine.feed import MOST
from saas.engine.registry import ObjectType, objects
from saas.engine.scope import Scope
from saas.kit.errors import BadInput

DEFAULT_CHANGES = 1_000
MAX_CHANGES = MOST
_WINDOWS = 5  # of the feed, for one page: who sees little of much goes on from there
_SMALLEST = 1_000
_NONE_YET = UUID(int=1)  # before every record below a change whose own record was told


@dataclass(frozen=True, slots=True)
class ChangePage:
    """Records that changed, where to go on, and whether there may be more now.

    horizon  the transaction before which all was told, where there is no more
    """

    nodes: Sequence[RecordChange]
    cursor: str
    has_more: bool
    horizon: int


def read_changes(
    scope: Scope,
    names: Sequence[str] | None,
    after: str | None,
    first: int,
    *,
    now: bool,
    until: int | None = None,
    judges: Judges | None = None,
) -> ChangePage:
    """What changed behind the cursor, or from the first change on, or (`now`) from here on, which is nothing yet.

    `until` ends it before a transaction, so that several readers come to the same place. `judges` are kept by who reads
    again and again.

    BadInput for a cursor that is no such thing, for unknown objects and sizes; Forbidden for an object that the actor
    may not read; FeedStartedAnew where the cursor is of another life of the database or of another sight.
    """
    if not 0 <= first <= MAX_CHANGES:
        raise BadInput(f"first must be between 0 and {MAX_CHANGES}, not {first}.", path=("first",))
    if now and after is not None:
        raise BadInput("Ask for changes after a cursor or from NOW, not for both.", path=("from",))
    asked, stands = _asked(scope, names), standing(scope)
    if now:
        return ChangePage((), sealed(scope, names, stands.now, stands), has_more=False, horizon=stands.horizon)
    place = stands.start if after is None else unsealed(scope, names, after, stands)
    if until is not None:  # but never before the place itself, which may come from a process that looked later
        stands = replace(stands, horizon=min(stands.horizon, max(until, int(place.position.xid) + 1)))
    reading = _Reading(scope, asked, place, stands, first, judges or Judges())
    reading.read()
    cursor = sealed(scope, names, reading.place, stands)
    return ChangePage(reading.told, cursor, reading.has_more, stands.horizon)


def _asked(scope: Scope, names: Sequence[str] | None) -> list[ObjectType]:
    known = {one.name: one for one in objects()}
    if names is None:
        return [one for one in known.values() if scope.profile.may(f"{one.name}.read")]
    for name in names:
        if name not in known:
            raise BadInput(
                f"There is no object {name[:60]!r}.", remedy=f"Objects are: {', '.join(known)}.", path=("objects",)
            )
        scope.need(f"{name}.read")
    return [known[name] for name in dict.fromkeys(names)]


class _Reading:
    """One page in the making."""

    def __init__(
        self,
        scope: Scope,
        asked: Collection[ObjectType],
        place: Place,
        stands: Standing,
        first: int,
        judges: Judges,
    ) -> None:
        self._scope, self._asked, self._stands, self._first, self._kept = scope, asked, stands, first, judges
        self._below: dict[ObjectType, list[ObjectType]] = defaultdict(list)
        for one in asked:
            if RowScope.ALL not in scope.profile.scopes(one.rights, "read"):
                for above in ancestors(one):
                    self._below[above].append(one)
        self._objects = {one.name: one for one in (*asked, *self._below)}
        self._judges: dict[ObjectType, Judge] = {}
        self._records: dict[str, RecordChange] = {}
        self._told: dict[str, RecordChange] = {}
        self.place, self.has_more = place, True

    @property
    def told(self) -> list[RecordChange]:
        """What is told, each record once, in the order in which there came to be something to tell of it."""
        return list(self._told.values())

    def read(self) -> None:
        size = max(self._first + 1, _SMALLEST)
        for _ in range(_WINDOWS):
            if not self._objects or not self._read_window(min(size, MOST)):
                break
            size = MOST
        if not self._objects:
            self._end()

    def _end(self) -> None:
        """All is told: the next reader begins at the horizon, which moves whoever writes."""
        at = self._stands.now.position
        self.place, self.has_more = self.place.behind(int(at.xid), at.row), False

    def _read_window(self, size: int) -> bool:
        """Whether there is room and more to read."""
        part = window(self._scope, self.place, size, self._stands.horizon)
        judges = [self._judge(one) for name, one in self._objects.items() if name in part.names]
        rows = [row for judge in judges for row in judge.rows(self._scope.session, part)]
        if len(judges) > 1:
            rows.sort(key=attrgetter("order"))
        if rows and not self._tell(rows):
            return False
        if part.end is None:
            self._end()
            return False
        self.place = self.place.behind(*part.end)
        return True

    def _tell(self, rows: Sequence[Row]) -> bool:
        """Tell what these rows mean; False where the page is full before their end."""
        goes_on, begun = self.place.below, self.place.begun
        is_told = goes_on != NOTHING and rows[0].id == str(self.place.position.row)
        below, stop = self._below_of(rows, goes_on if is_told else NOTHING)
        for number, (row, names) in enumerate(zip(rows, self._names(rows), strict=True)):
            if number == 0 and is_told:
                after = goes_on
            else:
                after = _NONE_YET
                if row.one in self._asked:
                    record = self._records.get(row.record_id) or RecordChange(row.one, row.record_id)
                    record.add(row, names, begun)
                    if not self._keep(record):
                        return self._stop_behind(rows, number)
            for each in below.get(number, ()):
                record = self._records.get(str(each.id)) or RecordChange(each.one, str(each.id))
                record.add_above(each, row, begun)
                if not self._keep(record):
                    return self._stop_at(row, after)
                after = each.id
            if stop is not None and number == stop[0]:
                return self._stop_at(row, stop[1])
        return True

    def _stop_behind(self, rows: Sequence[Row], number: int) -> bool:
        """The page is full before the row with this number."""
        if number:
            self.place = self.place.behind(rows[number - 1].transaction, UUID(rows[number - 1].id))
        return False

    def _stop_at(self, row: Row, below: UUID) -> bool:
        """The page is full before all that belongs to the record of this row was told."""
        self.place = self.place.behind(row.transaction, UUID(row.id), below)
        return False

    def _keep(self, record: RecordChange) -> bool:
        """Keep what is known of the record; False where there is something to tell and no room for it."""
        if record.id not in self._told and record.kind is not None:
            if len(self._told) >= self._first:
                return False
            self._told[record.id] = record
        self._records[record.id] = record
        return True

    def _names(self, rows: Sequence[Row]) -> list[frozenset[str]]:
        """For each row the names that may be told; a statement more for each object whose lines hide something."""
        heard = [self._judge(row.one).names.told(row.fields, row.groups) for row in rows]
        hiding: dict[ObjectType, dict[UUID, frozenset[str]]] = defaultdict(dict)
        for row, each in zip(rows, heard, strict=True):
            if each.hides_lines:
                hiding[row.one][UUID(row.id)] = each.groups
        if not hiding:
            return [each.names for each in heard]
        told = {str(id_) for one, of in hiding.items() for id_ in self._judge(one).names.lines_told(self._scope, of)}
        return [
            each.names - {"lines"} if each.hides_lines and row.id not in told else each.names
            for row, each in zip(rows, heard, strict=True)
        ]

    def _judge(self, one: ObjectType) -> Judge:
        if one not in self._judges:
            self._judges[one] = self._kept.judge(self._scope.profile, one, self._below.get(one, ()), self.place.begun)
        return self._judges[one]

    def _below_of(self, rows: Sequence[Row], after: UUID) -> tuple[dict[int, list[Below]], tuple[int, UUID] | None]:
        """By the number of a row what came into sight or went with its record; where that was too much, the last."""
        most = self._first - len(self._told) + 1
        found: list[Below] = []
        stops: list[tuple[int, UUID]] = []
        for above, below in self._below.items():
            for place, one in enumerate(below):
                roots = _roots(rows, above, place)
                if not roots:
                    continue
                records = records_below(self._scope, one, above, roots, most, after)
                found += records
                if len(records) == most:
                    stops.append((records[-1].number, records[-1].id))
        stop = min(stops, default=None)
        by_number: dict[int, list[Below]] = defaultdict(list)
        for each in sorted(found, key=lambda each: (each.number, each.id)):
            if stop is None or (each.number, each.id) <= stop:
                by_number[each.number].append(each)
        return by_number, stop


def _roots(rows: Sequence[Row], above: ObjectType, place: int) -> list[Root]:
    """The records whose scope moved so that another answer holds for what is below them; of each the last change."""
    last: dict[str, Root] = {}
    for number, row in enumerate(rows):
        if row.one is above:
            before, now = row.moved[2 * place : 2 * place + 2]
            if before != now:
                last.pop(row.record_id, None)
                last[row.record_id] = Root(number, UUID(row.record_id), row.transaction, UUID(row.id), before)
    return list(last.values())
