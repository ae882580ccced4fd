"""What somebody who starts a demo wants in it: which companies, how much of them, and up to which day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path

import saas
from saas.cli.demo_data.load import has_data
from saas.cli.invented.sources import COMPANIES as INVENTED
from saas.kit.errors import NotFound

SHARED_DATA = Path(saas.__file__).parents[1].parent / "shared" / "data"
REAL = ("pipeline", "northwind")


class World(StrEnum):
    """Which companies there are: the invented ones, those of the public data sets, or all that are at hand."""

    ALL = "all"
    INVENTED = "invented"
    REAL = "real"


class Size(StrEnum):
    """How much the companies have done."""

    NONE = "none"
    SMALL = "small"
    STANDARD = "standard"
    FULL = "full"

    @property
    def customers(self) -> int:
        """Of each invented company."""
        return {Size.NONE: 0, Size.SMALL: 100, Size.STANDARD: 1_000, Size.FULL: 100_000}[self]


@dataclass(frozen=True, slots=True)
class DemoWish:
    """The same wish makes the same companies, but for ids and moments.

    seed   another number, other invented data; real data and people stay as they are
    today  the day on which the year of the invented companies ends; None: this day, where they are
    """

    world: World = World.ALL
    size: Size = Size.STANDARD
    seed: int = 1
    today: date | None = None

    def companies(self, data_root: Path = SHARED_DATA) -> Sequence[str]:
        """Their slugs; NotFound where real ones are wanted and their data is not at `data_root`."""
        if self.size is Size.NONE:
            return ()
        is_at_hand = has_data(data_root)
        if self.world is World.REAL and not is_at_hand:
            raise NotFound(
                f"There is no real data in {data_root}.",
                remedy="Put the data sets there, or start with --world invented.",
            )
        invented = () if self.world is World.REAL else INVENTED
        return (*invented, *(REAL if is_at_hand and self.world is not World.INVENTED else ()))
