"""The three lines of migrations: the directory's, each cell's platform, and each tenant's."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import migrations
from saas.kit.errors import BadConfig

_MIGRATIONS = Path(migrations.__file__).parent


@dataclass(frozen=True)
class Branch:
    """A folder of revisions 0001, 0002, …; what it brings about lies in one schema."""

    name: str
    folder: Path

    @cached_property
    def head(self) -> int:
        """The number of the newest revision; 0 where there is none."""
        numbers = sorted(int(path.name[:4]) for path in (self.folder / "versions").glob("[0-9]*.py"))
        if numbers != list(range(1, len(numbers) + 1)):
            raise BadConfig(
                f"The revisions in {self.folder / 'versions'} are not numbered 0001, 0002, … without a gap.",
                remedy="Rename the newest file, its revision and its down_revision.",
            )
        return len(numbers)


DIRECTORY = Branch("directory", _MIGRATIONS / "directory")
PLATFORM = Branch("platform", _MIGRATIONS / "platform")
TENANT = Branch("tenant", _MIGRATIONS / "tenant")


def head() -> int:
    """The version of a tenant's schema that this program was written for."""
    return TENANT.head
