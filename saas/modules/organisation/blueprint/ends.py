"""What the codes of a blueprint lead to: a thing of the tenant, or one that the blueprint brings."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from saas.engine.registry import object_named
from saas.kit import ids
from saas.kit.text import fold
from saas.modules.organisation.blueprint.present import Present, Thing
from saas.modules.organisation.blueprint.wanted import EMPLOYEE, KINDS, Blueprint, Wanted


def spoken(kind: str) -> str:
    """How people call such a thing."""
    return "person" if kind == EMPLOYEE else kind.replace("_", " ")


@dataclass(slots=True)
class Ends:
    """The ends of references, as they are before anything is written."""

    now: Present
    blueprint: Blueprint
    _coming: dict[tuple[str, str], Wanted] = field(init=False)
    _stand_ins: dict[tuple[str, str], UUID] = field(default_factory=dict)
    _codes: dict[UUID, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._coming = {(kind, wanted.key): wanted for kind in KINDS for wanted in self.blueprint.of(kind)}

    def target(self, kind: str, code: str | None) -> tuple[Thing | None, bool]:
        """The thing with this code where it is there already; whether it is or will be there."""
        if code is None:
            return None, True
        coming = self._coming.get((kind, fold(code)))
        found = self.now.find(kind, coming) if coming else self.now.with_code(kind, code)
        return found, bool(coming or found)

    def id_of(self, kind: str, code: str) -> UUID:
        """The id of the thing; of one that is still to come, one that stands for it while one compares."""
        found, _ = self.target(kind, code)
        if found is not None:
            return found.id
        if (kind, fold(code)) not in self._stand_ins:
            stand_in = ids.new_id(object_named(kind).record.facts.code)
            self._stand_ins[kind, fold(code)] = stand_in
            coming = self._coming.get((kind, fold(code)))
            self._codes[stand_in] = coming.code if coming else code
        return self._stand_ins[kind, fold(code)]

    def called(self, id_: object) -> str | None:
        """How people know what has this id; None where nothing living has it."""
        if not isinstance(id_, UUID):
            return None
        thing = self.now.things.get(id_)
        return thing.called if thing else self._codes.get(id_)

    def spelled(self, id_: UUID) -> str:
        """The code of what has this id; the id itself where nothing living has it."""
        return self.called(id_) or str(id_)

    def unknown(self, kind: str, codes: Iterable[str]) -> str | None:
        """What is wrong with codes of which some lead nowhere."""
        lost = [code for code in codes if not self.target(kind, code)[1]]
        return f"there is no {spoken(kind)} with the code {', '.join(map(repr, lost))}" if lost else None
