"""Revisions as SQL: Alembic is asked once, the statements are sent as often as there are tenants."""

from dataclasses import dataclass
from functools import cache
from threading import Lock

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from saas.kit.errors import BadConfig
from saas.tenants.branches import Branch


@dataclass(frozen=True)
class Revision:
    number: int
    title: str
    statements: tuple[str, ...]
    check: str  # a query whose one value is true once the revision is in place


class _Statements:
    """Takes the place of Alembic's output file; Alembic writes one statement at a time."""

    def __init__(self) -> None:
        self.all: list[str] = []

    def write(self, text: str) -> None:
        self.all.append(text.strip().removesuffix(";"))

    def flush(self) -> None:
        pass


_alembic = Lock()  # its `op` belongs to the whole process


def revisions(branch: Branch) -> tuple[Revision, ...]:
    """All revisions of the branch in order, each as its statements."""
    with _alembic:
        return _revisions(branch)


@cache
def _revisions(branch: Branch) -> tuple[Revision, ...]:
    scripts = sorted(ScriptDirectory(branch.folder).walk_revisions(), key=lambda script: script.revision)
    rendered = []
    for number, script in enumerate(scripts, start=1):
        before = None if number == 1 else f"{number - 1:04}"
        if script.revision != f"{number:04}" or script.down_revision != before:
            raise BadConfig(
                f"{script.path}: revision {script.revision!r} after {script.down_revision!r} is out of order.",
                remedy=f"It must be revision '{number:04}' after {before!r}.",
            )
        check = getattr(script.module, "check", None if branch.name == "tenant" else "select true")
        if check is None:
            raise BadConfig(
                f"{script.path} does not say how to tell that it succeeded.",
                remedy="Add check = \"select to_regclass('…') is not null\", a query that is true afterwards.",
            )
        rendered.append(Revision(number, script.doc, _rendered(script.module.upgrade), check))
    return tuple(rendered)


def _rendered(upgrade: object) -> tuple[str, ...]:
    statements = _Statements()
    context = MigrationContext.configure(
        dialect_name="postgresql",
        # The SQL is sent without parameters: named style leaves its percent signs alone.
        dialect_opts={"paramstyle": "named"},
        opts={"as_sql": True, "output_buffer": statements},
    )
    with Operations.context(context):
        if not callable(upgrade):
            raise BadConfig("A revision has no function upgrade().")
        upgrade()
    return tuple(statements.all)
