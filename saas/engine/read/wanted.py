"""What is wanted of the records of one object, as a tree along references and connections: data, no SQL."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from graphql import FieldNode

from saas.engine.field import Field, Kind
from saas.engine.read.figures import WantedFigures
from saas.engine.read.request import DEFAULT_COUNT, PageRequest, page_request
from saas.engine.read.wanted_files import FILES, WantedFiles
from saas.engine.registry import Connection, ObjectType, connections
from saas.engine.selection import Picked
from saas.kit.text import camel


@dataclass(slots=True)
class Wanted:
    """What is wanted of each record.

    scalars     fields by name
    compounds   fields that are made of others, by name: all their parts
    references  what is wanted behind each reference, by the field's name; it has no arguments, so aliases are one
    links       what is wanted of the records behind each field with many references, by its name
    lists       connections, each as it stands in the document: the same one may be asked with several arguments
    lines       what is wanted of each line of a document
    files       lists of the files that hang on it, likewise as they stand in the document
    access      whether `access` is asked for
    """

    object: ObjectType
    scalars: dict[str, Field] = field(default_factory=dict)
    compounds: dict[str, Field] = field(default_factory=dict)
    references: dict[str, "Wanted"] = field(default_factory=dict)
    links: dict[str, "Wanted"] = field(default_factory=dict)
    lists: dict[str, "WantedList"] = field(default_factory=dict)
    lines: "Wanted | None" = None
    files: dict[str, WantedFiles] = field(default_factory=dict)
    access: bool = False

    def add(self, picked: Iterable[Picked]) -> "Wanted":
        by_api = {camel(one.api): one for one in self.object.all_fields.values()}
        to_many = {one.api: one for one in connections(self.object)}
        for one in picked:
            if one.name == "access":
                self.access = True
            elif one.name == "lines" and self.object.lines is not None:
                self.lines = (self.lines or Wanted(self.object.lines)).add(one.children)
            elif one.name == FILES and self.object.document is None:
                self._add_files(one)
            elif one.name in to_many:
                self._add_list(to_many[one.name], one)
            elif (facts := by_api.get(one.name)) is not None:
                self._add_field(facts, one)
        return self

    def _add_field(self, facts: Field, picked: Picked) -> None:
        if facts.kind is Kind.REFERENCE:
            behind = self.references.setdefault(facts.name, Wanted(self.object.target_of(facts)))
            behind.add(picked.children)
        elif facts.kind is Kind.REFERENCES:
            self.links.setdefault(facts.name, Wanted(self.object.target_of(facts))).add(picked.children)
        elif facts.parts:
            self.compounds[facts.name] = facts
        else:
            self.scalars[facts.name] = facts

    def _add_list(self, connection: Connection, picked: Picked) -> None:
        key = place(picked.nodes[0])
        if key not in self.lists:
            request = page_request(picked.arguments(self.object.type_name))
            self.lists[key] = WantedList(Wanted(connection.object), request, connection)
        self.lists[key].add(picked.children)

    def _add_files(self, picked: Picked) -> None:
        key = place(picked.nodes[0])
        if key not in self.files:
            self.files[key] = WantedFiles(page_request(picked.arguments(self.object.type_name)))
        self.files[key].add(picked.children)


@dataclass(slots=True)
class WantedList:
    """One list as it was asked for.

    records  what is wanted of each record
    request  its arguments
    via      the connection that it is of each parent; None: a list of its own, of all records in sight
    is_read  whether any record is asked for, not only how many there are
    counts   how far it is to be counted, once for each count that is asked for
    figures  what is asked of all its records together; None: nothing
    """

    records: Wanted
    request: PageRequest
    via: Connection | None = None
    is_read: bool = False
    counts: set[int] = field(default_factory=set)
    figures: WantedFigures | None = None

    def add(self, picked: Iterable[Picked]) -> "WantedList":
        for one in picked:
            self.is_read = self.is_read or one.name in ("nodes", "edges", "pageInfo")
            if one.name == "nodes":
                self.records.add(one.children)
            elif one.name == "edges":
                self.records.add(inner for edge in one.children if edge.name == "node" for inner in edge.children)
            elif one.name == "aggregate":
                self.figures = (self.figures or WantedFigures(self.records.object)).add(one.children)
            elif one.name == "totalCount":
                most = one.arguments(f"{self.records.object.type_name}Connection").get("max")
                self.counts.add(DEFAULT_COUNT if most is None else most)
        return self


def wanted(one: ObjectType, picked: Iterable[Picked]) -> Wanted:
    """What the sub-selections ask of records of `one`; several under different aliases are fetched together."""
    return Wanted(one).add(picked)


def place(node: FieldNode) -> str:
    """A name for where the field stands in its document, by which its answer is found again."""
    return f"{node.name.value}@{id(node)}"
