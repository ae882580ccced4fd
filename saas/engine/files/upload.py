"""A file that is being sent: whether it may be, and what becomes of it when it is there."""

from dataclasses import dataclass
from typing import IO
from uuid import UUID

import sqlalchemy as sa

from saas.engine.file_tables import file as file_table
from saas.engine.files.content import HEAD, settled_type
from saas.engine.files.job import scan_soon
from saas.engine.files.quota import give_back
from saas.engine.files.token import Pass, lost
from saas.engine.scope import Scope, open_scope
from saas.engine.stored_file import File, FileState, file_of, key_of
from saas.gateways.files import Incoming, file_store
from saas.gateways.scanner import scanner
from saas.kit import ids
from saas.kit.errors import BadInput, Conflict, NotFound
from saas.tenants.directory import tenant_by_id
from saas.tenants.tenant import Tenant


@dataclass(frozen=True, slots=True)
class Expected:
    """What may be sent to an address."""

    tenant: Tenant
    file: File


def expected(given: Pass) -> Expected:
    """What may be sent with this pass: NotFound where nothing may, Conflict where it was sent already."""
    tenant = tenant_by_id(given.tenant_id)
    with open_scope(tenant, given.person_id, write=False) as scope:
        return Expected(tenant, _still_open(scope, given.file_id))


def settle(given: Pass, awaited: Expected, sent: Incoming, size: int, checksum: str) -> File:
    """Keep what was sent whole, or refuse it for what it is; the file as it stands then.

    BadInput, and nothing has happened, where size or checksum are not those that were announced.
    """
    _check_whole(awaited.file, size, checksum)
    kind, reason = settled_type(awaited.file.name, awaited.file.type, _head(sent.content))
    values = {"type": kind, "checksum": checksum, "reason": reason}
    if reason is not None:
        return _noted(given, awaited.tenant, {**values, "state": FileState.REFUSED})
    blob = ids.new_id(ids.FILE)
    sent.keep(key_of(awaited.tenant, blob))
    state = FileState.READY if scanner() is None else FileState.PENDING
    try:
        return _noted(given, awaited.tenant, {**values, "state": state, "blob": blob})
    except (Conflict, NotFound):
        file_store().remove(key_of(awaited.tenant, blob))
        raise


def _check_whole(file: File, size: int, checksum: str) -> None:
    if size != file.size:
        raise BadInput(
            f"{file.size:,} bytes were announced, {size:,} came.", remedy="Send the file again, whole.", path=("size",)
        )
    if file.checksum is not None and checksum != file.checksum:
        raise BadInput(
            "The checksum is not the one that was announced.", remedy="Send the file again.", path=("checksum",)
        )


def _head(content: IO[bytes]) -> bytes:
    return content.read(HEAD)


def _still_open(scope: Scope, file_id: UUID) -> File:
    row = scope.session.execute(sa.select(file_table).where(file_table.c.id == file_id)).one_or_none()
    if row is None or row.removed_at is not None or row.created_by != scope.actor_id:
        raise lost()
    return _unsent(file_of(row._mapping))


def _unsent(file: File) -> File:
    if file.state is not FileState.PENDING or file.blob is not None:
        raise Conflict("This file was sent already.", remedy="Announce another one with fileCreate.")
    return file


def _noted(given: Pass, tenant: Tenant, values: dict[str, object]) -> File:
    """Write down what came, once: of two that send at a time the first counts."""
    with open_scope(tenant, given.person_id, write=True) as scope:
        mine = sa.select(file_table).where(file_table.c.id == given.file_id).with_for_update()
        scope.session.execute(mine)
        _still_open(scope, given.file_id)
        row = scope.session.execute(
            sa.update(file_table).where(file_table.c.id == given.file_id).values(**values).returning(file_table)
        ).one()
        file = file_of(row._mapping)
        if file.state is FileState.REFUSED:
            give_back(scope, file.size, 0)
        if file.state is FileState.PENDING:
            scan_soon(scope, file.id)
    return file
