"""What is wanted of a list of files: data, no SQL."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from saas.engine.read.request import DEFAULT_COUNT, PageRequest
from saas.engine.selection import Picked

FILES = "files"  # the field of a record that lists them
_OF_ROWS = ("nodes", "edges", "pageInfo")


@dataclass(slots=True)
class WantedFiles:
    """One list of files as it was asked for.

    is_read      whether any file is asked for, not only how many there are
    has_records  whether the records that each hangs on are asked for
    counts       how far it is to be counted, once for each count that is asked for
    """

    request: PageRequest
    is_read: bool = False
    has_records: bool = False
    counts: set[int] = field(default_factory=set)

    def add(self, picked: Iterable[Picked]) -> "WantedFiles":
        for one in picked:
            self.is_read = self.is_read or one.name in _OF_ROWS
            of_files = [inner for each in one.children for inner in (each, *each.children)]  # in nodes, and in edges
            self.has_records = self.has_records or any(each.name == "recordIds" for each in of_files)
            if one.name == "totalCount":
                most = one.arguments("FileConnection").get("max")
                self.counts.add(DEFAULT_COUNT if most is None else most)
        return self
