"""Files in the API: announce one and get the address to send it to, hang it on records, list and fetch them."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Annotated

import strawberry
from strawberry.types import Info

from saas.engine.files.download import upload_address
from saas.engine.files.life import file_attach, file_create, file_delete, file_detach
from saas.engine.files.quota import usage
from saas.engine.read.files import file_in_sight
from saas.engine.write.outcome import Outcome
from saas.kit import ids
from saas.schema.file_types import File, file_told
from saas.schema.handmade import Problem
from saas.schema.operation import Operation
from saas.schema.sharing import done

Id = Annotated[strawberry.ID, strawberry.argument(description="Which file.")]
RecordId = Annotated[strawberry.ID, strawberry.argument(description="Which record, of any object; you may update it.")]


@strawberry.input(description="A file that is going to be sent.")
class FileCreateInput:
    name: str = strawberry.field(description="What it is called, without any path.")
    size: int = strawberry.field(description="How many bytes it has.")
    type: str | None = strawberry.field(
        default=None, description="Its media type, such as image/png; by its name if absent."
    )
    checksum: str | None = strawberry.field(
        default=None, description="The SHA-256 of its content, in hexadecimal digits; checked when it is there."
    )
    record_id: strawberry.ID | None = strawberry.field(
        default=None, description="A record to hang it on from the beginning; you may update it."
    )


Input = Annotated[FileCreateInput, strawberry.argument(description="The file.")]


@strawberry.type(description="What became of the wish to send a file.")
class FileCreatePayload:
    id: strawberry.ID | None = strawberry.field(description="Null if and only if nothing was written.")
    file: File | None = strawberry.field(description="The file.")
    upload_url: str | None = strawberry.field(
        description="Where to PUT its bytes, once, below the address of the API; the address itself is the permission."
    )
    upload_expires_at: datetime | None = strawberry.field(description="Until when.")
    problems: list[Problem] = strawberry.field(description="Why nothing was written.")


@strawberry.type(description="What became of it.")
class FilePayload:
    id: strawberry.ID | None = strawberry.field(description="The file; null if and only if nothing was written.")
    file: File | None = strawberry.field(description="The file, where you still see it.")
    problems: list[Problem] = strawberry.field(description="Why nothing was written.")


def _file(info: Info, id: Id) -> File | None:
    found = file_in_sight(info.context.scope, ids.parse_id(id))
    return None if found is None else file_told(found)


def _create(info: Info, input: Input) -> FileCreatePayload | None:
    record_id = None if input.record_id is None else ids.parse_id(input.record_id)
    id_, problems = done(
        info, lambda on: file_create(on.scope, input.name, input.size, input.type, input.checksum, record_id)
    )
    scope = info.context.scope
    found = None if id_ is None else file_in_sight(scope, ids.parse_id(id_))
    if found is None:
        return FileCreatePayload(id=id_, file=None, upload_url=None, upload_expires_at=None, problems=problems)
    return FileCreatePayload(
        id=id_,
        file=file_told(found),
        upload_url=upload_address(scope, found),
        upload_expires_at=found.expires_at,
        problems=problems,
    )


def _attach(info: Info, id: Id, record_id: RecordId) -> FilePayload | None:
    return _payload(info, lambda on: file_attach(on.scope, ids.parse_id(id), ids.parse_id(record_id)))


def _detach(info: Info, id: Id, record_id: RecordId) -> FilePayload | None:
    return _payload(info, lambda on: file_detach(on.scope, ids.parse_id(id), ids.parse_id(record_id)))


def _delete(info: Info, id: Id) -> FilePayload | None:
    return _payload(info, lambda on: file_delete(on.scope, ids.parse_id(id)))


def _payload(info: Info, work: Callable[[Operation], list[Outcome]]) -> FilePayload:
    id_, problems = done(info, work)
    found = None if id_ is None else file_in_sight(info.context.scope, ids.parse_id(id_))
    return FilePayload(id=id_, file=None if found is None else file_told(found), problems=problems)


@strawberry.type(description="What the files of your company take, and the most that they may.")
class FileUsage:
    bytes: Decimal | None = strawberry.field(description="How many bytes they have together, announced ones included.")
    files: int | None = strawberry.field(description="How many there are.")
    max_bytes: Decimal | None = strawberry.field(description="How many bytes they may have; the operator sets it.")
    max_files: int | None = strawberry.field(description="How many there may be.")


def _usage(info: Info) -> FileUsage | None:
    scope = info.context.scope
    scope.need("role.read")
    found = usage(scope)
    return FileUsage(
        bytes=Decimal(found.bytes),
        files=found.files,
        max_bytes=Decimal(found.most_bytes),
        max_files=found.most_files,
    )


@strawberry.type(description="Looking at files.")
class FileQuery:
    file_usage: FileUsage | None = strawberry.field(
        resolver=_usage, description="What all files take, and may take; you need the right role.read."
    )
    file: File | None = strawberry.field(resolver=_file, description="The file with this id, where you see it.")


@strawberry.type(description="Sending files and hanging them on records.")
class FileMutation:
    file_create: FileCreatePayload | None = strawberry.mutation(
        resolver=_create, description="Announce a file and get the address to which it is sent."
    )
    file_attach: FilePayload | None = strawberry.mutation(
        resolver=_attach, description="Hang a file on a record; who sees the record sees it from now on."
    )
    file_detach: FilePayload | None = strawberry.mutation(
        resolver=_detach, description="Take a file off a record; one that hangs on none is removed after some time."
    )
    file_delete: FilePayload | None = strawberry.mutation(
        resolver=_delete, description="Remove a file of yours that hangs on no record, for good."
    )
