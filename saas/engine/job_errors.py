"""Why a job failed, as its company may read it: where our own servers and files are is told to operators only."""

import re

from saas.kit.errors import AtriumError, BadConfig, Unavailable
from saas.kit.faults import outward

_OURS = ("UNKNOWN_RESULT", "WorkerLost")  # written by us, and no errors of the program
_PLACE = re.compile(r"[\w.-]+\.py:\d+ in \S+|SQLSTATE .*", re.DOTALL)


def told_outward(kept: str | None) -> str | None:
    """The class, and what was kept of it where that is a sentence for people, an SQLSTATE or a place in the program."""
    if kept is None:
        return None
    name, _, said = kept.partition(": ")
    if not said or name in _OURS or name in _for_people(AtriumError) or _PLACE.fullmatch(said):
        return kept
    return f"{name}: {' '.join(outward(Unavailable('')))}"


def _for_people(kind: type[AtriumError]) -> set[str]:
    """The names of this class and of those below it whose sentences are told to anybody."""
    if issubclass(kind, Unavailable | BadConfig):
        return set()
    return {kind.__name__}.union(*(_for_people(each) for each in kind.__subclasses__()))
