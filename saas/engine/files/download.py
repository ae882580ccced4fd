"""A file that is being fetched: the rights of the person count at this moment, not when the address was made."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from saas.engine.asker import Asker
from saas.engine.files.token import Pass, Purpose, address_of, lost
from saas.engine.read.files import file_in_sight
from saas.engine.scope import Scope, open_scope
from saas.engine.stored_file import File, FileState, key_of
from saas.kit.errors import BadInput
from saas.tenants.directory import tenant_by_id

LONGEST_MINUTES = 1440


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file that may be fetched, and where its content is."""

    file: File
    key: str


def fetched(given: Pass) -> Fetched:
    """The file that the pass is for; NotFound where the person does not see it, or there is nothing to fetch."""
    tenant = tenant_by_id(given.tenant_id)
    with open_scope(tenant, given.person_id, write=False) as scope:
        file = file_in_sight(scope, given.file_id)
    if file is None or file.state is not FileState.READY or file.blob is None:
        raise lost()
    return Fetched(file, key_of(tenant, file.blob))


@dataclass(frozen=True, slots=True)
class Address:
    """For how long an address is good, and the longest side of the preview that it is for; 0: for the whole."""

    minutes: int
    side: int = 0

    def of(self, asker: Asker, file_id: UUID) -> str:
        """An address from which the actor, and nobody with other rights, fetches the file."""
        purpose = Purpose.PREVIEW if self.side else Purpose.DOWNLOAD
        until = asker.now + timedelta(minutes=self.minutes)
        return address_of(Pass(purpose, asker.tenant.id, file_id, asker.actor_id, until, self.side))


def download_address(asker: Asker, file: File, minutes: int, side: int = 0) -> str | None:
    """An address from which the file is fetched; None while it is not ready."""
    return Address(minutes, side).of(asker, file.id) if file.state is FileState.READY else None


def checked_minutes(minutes: int) -> int:
    """The minutes; BadInput where an address may not last so long."""
    if not 1 <= minutes <= LONGEST_MINUTES:
        raise BadInput(f"minutes is {minutes}; it may be 1 to {LONGEST_MINUTES}.", path=("minutes",))
    return minutes


def upload_address(scope: Scope, file: File) -> str:
    """The address to which the actor sends the file once."""
    return address_of(Pass(Purpose.UPLOAD, scope.tenant.id, file.id, scope.actor_id, file.expires_at))
