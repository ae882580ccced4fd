"""What is asked of the groups of an object's records: data, no SQL."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from saas.engine.field import Kind
from saas.engine.read.figures import WantedFigures
from saas.engine.read.request import DEFAULT_COUNT, PageRequest
from saas.engine.read.wanted import Wanted
from saas.engine.registry import ObjectType
from saas.engine.selection import Picked
from saas.kit.text import camel


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupRequest:
    """The arguments of groups.

    of        which records they are made of
    by        what the records of a group have in common
    having    which groups
    order_by  in which order
    page      which of them in that order
    """

    by: list[Mapping[str, Any]]
    of: PageRequest = field(default_factory=PageRequest)
    having: Mapping[str, Any] = field(default_factory=dict)
    order_by: list[Mapping[str, Any]] = field(default_factory=list)
    page: PageRequest = field(default_factory=PageRequest)


_OF_RECORDS = ("filter", "search")
_OF_PAGE = ("first", "after")


def group_request(arguments: Mapping[str, Any]) -> GroupRequest:
    """The request with these arguments; null means that one is absent."""
    given = {name: value for name, value in arguments.items() if value is not None}
    of, page = ({name: given.pop(name) for name in names if name in given} for names in (_OF_RECORDS, _OF_PAGE))
    return GroupRequest(of=PageRequest(**of), page=PageRequest(**page), **given)


@dataclass(slots=True)
class WantedGroups:
    """Groups as they were asked for.

    request  their arguments
    figures  what is asked of all records of each group
    records  what is wanted of the record behind a key, by the way to it as the API names it
    is_read  whether any group is asked for, not only how many there are
    counts   how far they are to be counted, once for each count that is asked for
    """

    object: ObjectType
    request: GroupRequest
    figures: WantedFigures
    records: dict[tuple[str, ...], Wanted] = field(default_factory=dict)
    is_read: bool = False
    counts: set[int] = field(default_factory=set)

    def add(self, picked: Iterable[Picked]) -> "WantedGroups":
        for one in picked:
            self.is_read = self.is_read or one.name in ("nodes", "edges", "pageInfo")
            if one.name == "nodes":
                self._add_row(one.children)
            elif one.name == "edges":
                self._add_row(inner for edge in one.children if edge.name == "node" for inner in edge.children)
            elif one.name == "totalCount":
                most = one.arguments(f"{self.object.type_name}GroupConnection").get("max")
                self.counts.add(DEFAULT_COUNT if most is None else most)
        return self

    def _add_row(self, picked: Iterable[Picked]) -> None:
        for one in picked:
            if one.name == "aggregate":
                self.figures.add(one.children)
            elif one.name == "keys":
                self._add_keys(self.object, one, ())

    def _add_keys(self, of: ObjectType, picked: Picked, path: tuple[str, ...]) -> None:
        references = {camel(field.api): field for field in of.fields.values() if field.kind is Kind.REFERENCE}
        for one in picked.children:
            if one.name == "record":
                self.records.setdefault(path, Wanted(of)).add(one.children)
            elif one.name in references:
                self._add_keys(of.target_of(references[one.name]), one, (*path, one.name))


def wanted_groups(one: ObjectType, arguments: Mapping[str, Any], picked: Iterable[Picked]) -> WantedGroups:
    """What the arguments and the sub-selections of the groups ask for."""
    return WantedGroups(one, group_request(arguments), WantedFigures(one)).add(picked)
