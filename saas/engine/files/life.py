"""The life of a file as people steer it: announced, hung on a record, taken off it, removed."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from saas.engine.audit import Change, ChangeKind, scope_keys, write_audit
from saas.engine.file_tables import attachment
from saas.engine.file_tables import file as file_table
from saas.engine.files.content import announced_type
from saas.engine.files.job import look_after, purge_soon
from saas.engine.files.names import checked_name
from saas.engine.files.quota import take
from saas.engine.problem import Problem, ProblemCode, not_found
from saas.engine.read.files import locked_file
from saas.engine.record import Record
from saas.engine.registry import object_with_code
from saas.engine.scope import Scope
from saas.engine.stored_file import File, FileState
from saas.engine.text_search import grams
from saas.engine.write.load import Target, load
from saas.engine.write.outcome import Outcome
from saas.kit import ids
from saas.kit.errors import BadInput
from saas.kit.settings import settings
from saas.kit.text import fold

MIB = 1024 * 1024
_SHA_256 = re.compile(r"[0-9a-f]{64}")


def file_create(
    scope: Scope, name: str, size: int, kind: str | None, checksum: str | None, record_id: UUID | None
) -> list[Outcome]:
    """Announce a file, which is sent then; with a record it hangs on that from the beginning."""
    id_ = ids.new_id(ids.FILE)
    name, size, kind = checked_name(name), _checked_size(size), announced_type(name, kind)
    if full := take(scope, size):
        return [Outcome(problems=[full])]
    scope.session.execute(
        sa.insert(file_table).values(
            id=id_,
            name=name,
            name_folded=fold(name),
            search_grams=sorted(grams(name)),
            size=size,
            type=kind,
            checksum=_checked_sum(checksum),
            state=FileState.PENDING,
            created_by=scope.actor_id,
            created_at=scope.now,
            expires_at=scope.now + timedelta(minutes=settings().upload_minutes),
            loose_since=scope.now,
        )
    )
    look_after(scope)
    return [Outcome(id=id_, changed=True)] if record_id is None else file_attach(scope, id_, record_id)


def file_attach(scope: Scope, id_: UUID, record_id: UUID) -> list[Outcome]:
    """Hang a file in sight on a record that the actor may update; it may hang on others too."""
    outcome = Outcome()
    file = _file(scope, id_, outcome)
    record = _record(scope, record_id, outcome)
    if file is not None and file.state is FileState.REFUSED:
        outcome.problems.append(Problem(ProblemCode.WRONG_STATE, "The file was refused.", ("id",), kind="WrongState"))
    if file is None or record is None or outcome.problems:
        return [outcome]
    row = {
        "record_id": record.id,
        "file_id": id_,
        "attached_by": scope.actor_id,
        "attached_at": scope.now,
    }
    made = insert(attachment).values(row).on_conflict_do_nothing().returning(attachment.c.file_id)
    outcome.id, outcome.changed = id_, scope.session.execute(made).first() is not None
    if outcome.changed:
        _note(scope, id_, loose_since=None)
        _tell(scope, record, (None, _told(file)))
    return [outcome]


def file_detach(scope: Scope, id_: UUID, record_id: UUID) -> list[Outcome]:
    """Take a file off a record that the actor may update; one that hangs on nothing is its creator's alone."""
    outcome = Outcome()
    file = _file(scope, id_, outcome)
    record = _record(scope, record_id, outcome)
    if file is None or record is None or outcome.problems:
        return [outcome]
    hangs = attachment.c.file_id == id_
    gone = sa.delete(attachment).where(hangs, attachment.c.record_id == record.id).returning(attachment.c.file_id)
    if scope.session.execute(gone).first() is None:
        outcome.problems.append(not_found("The file does not hang on this record.", "recordId"))
        return [outcome]
    outcome.id, outcome.changed = id_, True
    if scope.session.execute(sa.select(attachment.c.file_id).where(hangs)).first() is None:
        _note(scope, id_, loose_since=scope.now)
        look_after(scope)
    _tell(scope, record, (_told(file), None))
    return [outcome]


def file_delete(scope: Scope, id_: UUID) -> list[Outcome]:
    """Remove a file of one's own that hangs on nothing, with its content; there is no way back."""
    outcome = Outcome()
    file = _file(scope, id_, outcome)
    if file is None:
        return [outcome]
    if scope.session.execute(sa.select(attachment.c.file_id).where(attachment.c.file_id == id_)).first():
        message = "The file hangs on records; take it off them first."
        outcome.problems.append(Problem(ProblemCode.REFERENCED, message, ("id",)))
        return [outcome]
    outcome.id, outcome.changed = id_, True
    _note(scope, id_, removed_at=scope.now)
    purge_soon(scope)
    return [outcome]


def _checked_size(size: int) -> int:
    most = settings().max_file_mb
    if not 0 <= size <= most * MIB:
        raise BadInput(
            f"A file may have up to {most} MiB, not {size:,} bytes.",
            remedy="Make it smaller; the operator sets SAAS_MAX_FILE_MB.",
            path=("size",),
        )
    return size


def _checked_sum(given: str | None) -> str | None:
    if given is None:
        return None
    checksum = given.strip().lower()
    if not _SHA_256.fullmatch(checksum):
        raise BadInput("The checksum is no SHA-256.", remedy="Send 64 hexadecimal digits.", path=("checksum",))
    return checksum


def _file(scope: Scope, id_: UUID, outcome: Outcome) -> File | None:
    found = locked_file(scope, id_)
    if found is None:
        outcome.problems.append(not_found("There is no such file in your sight.", "id"))
    return found


def _record(scope: Scope, id_: UUID, outcome: Outcome) -> Record | None:
    """The record, locked, where the actor may update it."""
    one = object_with_code(ids.code_of(id_) or 0)
    if one is None:
        outcome.problems.append(not_found("There is no such record in your sight.", "recordId"))
        return None
    checked = Outcome()
    rows = load(scope, one, "update", [Target(id_)], [checked])
    outcome.problems += [replace(problem, path=("recordId",)) for problem in checked.problems]
    return None if checked.problems else rows[id_][0]


def _note(scope: Scope, id_: UUID, **values: Any) -> None:
    scope.session.execute(sa.update(file_table).where(file_table.c.id == id_).values(**values))


def _tell(scope: Scope, record: Record, change: tuple[str | None, str | None]) -> None:
    """The change feed of the record tells which files came and went."""
    values: dict[str, tuple[Sequence[str], Sequence[str]]] = {"files": (_listed(change[0]), _listed(change[1]))}
    write_audit(scope, [Change(record, ChangeKind.UPDATED, dict(values), scope_keys(record))])


def _told(file: File) -> str:
    return f"{file.id} {file.name}"


def _listed(told: str | None) -> list[str]:
    return [] if told is None else [told]
