"""Jobs that leave marks in a table of the tenant's, so that a test can count what happened, and how often."""

import time
from pathlib import Path
from uuid import UUID

import sqlalchemy as sa

from saas.engine.jobs import LONG, Step, job
from saas.engine.scope import Scope
from saas.kit.errors import Conflict, Unavailable
from saas.kit.ids import new_id

mark_table = sa.table("mark", sa.column("id"), sa.column("name"))
CODE = 0x6FF


@job()
def mark_set(scope: Scope, name: str) -> None:
    set_mark(scope, name)


@job()
def mark_rights(scope: Scope) -> None:
    """Marks which of two rights it has, and asks for one more job."""
    set_mark(scope, " ".join(right for right in ("customer.read", "customer.delete") if scope.profile.may(right)))
    scope.later(mark_set, name="again")


@job()
def mark_set_slowly(scope: Scope, name: str, folder: str) -> None:
    """Sets the mark, then waits inside the transaction until the test opens the gate."""
    set_mark(scope, name)
    _pass(Path(folder), "inside")


@job(attempts=2)
def mark_fail(scope: Scope, name: str) -> None:
    set_mark(scope, name)
    raise ValueError("the secret of the customer")


@job(attempts=2)
def mark_clash(scope: Scope, id: UUID) -> None:
    for _ in range(2):
        scope.session.execute(mark_table.insert().values(id=id, name="the secret of the customer"))


@job(attempts=1)
def mark_refuse(scope: Scope) -> None:
    raise Conflict("The shelf is full.")


@job(attempts=1)
def mark_without_room(scope: Scope, name: str) -> None:
    set_mark(scope, name)
    raise Unavailable("The disk is full.")


@job()
def mark_chain(scope: Scope, name: str) -> None:
    """A job may have something done later too."""
    scope.later(mark_set, name=f"{name} later")


@job(kind=LONG)
def mark_many(scope: Scope, step: Step, total: int, folder: str) -> Step | None:
    """Sets one mark a chunk; waits at the gate inside the third."""
    if step.cancelled:
        set_mark(scope, "cancelled")
        return None
    done = int(step.checkpoint.get("done", 0))
    set_mark(scope, f"chunk {done}")
    if done == 2 and folder:
        _pass(Path(folder), "third")
    if done + 1 == total:
        return None
    return Step(checkpoint={"done": done + 1}, progress={"done": done + 1, "total": total})


@job(kind=LONG, attempts=2)
def mark_stumble(scope: Scope, step: Step, total: int, folder: str) -> Step | None:
    """Fails at the first attempt of every chunk."""
    done = int(step.checkpoint.get("done", 0))
    set_mark(scope, f"chunk {done}")
    stone = Path(folder) / f"stone {done}"
    if not stone.exists():
        stone.touch()
        raise ValueError
    return Step(checkpoint={"done": done + 1}) if done + 1 < total else None


def names(scope: Scope) -> list[str]:
    """Every mark there is."""
    return list(scope.session.scalars(sa.select(mark_table.c.name).order_by(mark_table.c.name)))


def set_mark(scope: Scope, name: str, id: UUID | None = None) -> None:
    scope.session.execute(mark_table.insert().values(id=id or new_id(CODE), name=name))


def _pass(folder: Path, gate: str) -> None:
    """Tell the test that we are here, and wait until it opens the gate."""
    (folder / f"{gate} reached").touch()
    deadline = time.monotonic() + 20
    while not (folder / f"{gate} open").exists():
        if time.monotonic() > deadline:
            raise TimeoutError(gate)
        time.sleep(0.01)
