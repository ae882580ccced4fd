"""A file that is being fetched: the rights of the person count at this moment, not when the address was made."""

from dataclasses import dataclass
from datetime import timedelta

from saas.engine.files.file import File, FileState, key_of
from saas.engine.files.sight import file_in_sight
from saas.engine.files.token import Pass, Purpose, address_of, lost
from saas.engine.scope import Scope, open_scope
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


def download_address(scope: Scope, file: File, minutes: int, side: int = 0) -> str | None:
    """An address from which the actor, and nobody with other rights, fetches the file; None while it is not ready."""
    if file.state is not FileState.READY:
        return None
    purpose = Purpose.PREVIEW if side else Purpose.DOWNLOAD
    until = scope.now + timedelta(minutes=minutes)
    return address_of(Pass(purpose, scope.tenant.id, file.id, scope.actor_id, until, side))


def upload_address(scope: Scope, file: File) -> str:
    """The address to which the actor sends the file once."""
    return address_of(Pass(Purpose.UPLOAD, scope.tenant.id, file.id, scope.actor_id, file.expires_at))
