"""What a file is to the program: its facts and how it stands."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa

from saas.tenants.tenant import Tenant


class FileState(StrEnum):
    """How a file stands; only what is ready can be fetched."""

    PENDING = "pending"
    READY = "ready"
    REFUSED = "refused"


COLUMNS = (
    *("id", "name", "size", "type", "checksum", "state", "reason"),
    *("blob", "created_by", "created_at", "expires_at"),
)


@dataclass(frozen=True, slots=True)
class File:
    """A file in somebody's sight. `records` are those in sight that it hangs on."""

    id: UUID
    name: str
    size: int
    type: str
    checksum: str | None
    state: FileState
    reason: str | None
    blob: UUID | None
    created_by: UUID
    created_at: datetime
    expires_at: datetime
    records: tuple[UUID, ...] = ()


def file_of(row: sa.RowMapping, records: tuple[UUID, ...] = ()) -> File:
    """The file of a row of the table."""
    return File(**{name: row[name] for name in COLUMNS} | {"state": FileState(row["state"]), "records": records})


def key_of(tenant: Tenant, blob: UUID) -> str:
    """Under which key the store keeps this content; each tenant has a folder of its own."""
    return f"{folder_of(tenant)}/{blob.hex[-2:]}/{blob.hex}"


def folder_of(tenant: Tenant) -> str:
    """The folder of the tenant in the store."""
    return tenant.id.hex
