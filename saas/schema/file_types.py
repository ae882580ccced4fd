"""Files as the API tells them."""

from datetime import datetime
from typing import Annotated

import strawberry
from strawberry.types import Info

from saas.engine.files.download import LONGEST_MINUTES, checked_minutes, download_address
from saas.engine.files.preview import SIDES, checked_side, has_preview
from saas.engine.stored_file import File as EngineFile
from saas.engine.stored_file import FileState
from saas.schema.handmade import Node, described_enum

Minutes = Annotated[
    int, strawberry.argument(description=f"For how many minutes it is good, at most {LONGEST_MINUTES}.")
]
Side = Annotated[
    int, strawberry.argument(description=f"The longest side of the picture in pixels, {SIDES[0]} to {SIDES[1]}.")
]
described_enum(
    FileState,
    "FileState",
    "How a file stands; only what is ready can be fetched.",
    {
        "PENDING": "It was not sent yet, or is being looked through for viruses.",
        "READY": "It can be fetched.",
        "REFUSED": "It is not kept, and `reason` says why.",
    },
)


def _download_url(self: "File", info: Info, minutes: Minutes = 10) -> str | None:
    return download_address(info.context.scope, self.engine, checked_minutes(minutes))


def _preview_url(self: "File", info: Info, side: Side = 256, minutes: Minutes = 10) -> str | None:
    side, minutes = checked_side(side), checked_minutes(minutes)
    if not has_preview(self.engine):
        return None
    return download_address(info.context.scope, self.engine, minutes, side)


@strawberry.type(description="A file. Who sees a record that it hangs on sees it; else its creator alone.")
class File(Node):
    name: str | None = strawberry.field(description="What it is called.")
    size: int | None = strawberry.field(description="How many bytes it has.")
    type: str | None = strawberry.field(description="Its media type, such as image/png, checked against its content.")
    checksum: str | None = strawberry.field(description="The SHA-256 of its content, in hexadecimal digits.")
    state: FileState | None = strawberry.field(description="How it stands.")
    reason: str | None = strawberry.field(description="Why it was refused.")
    created_at: datetime | None = strawberry.field(description="When it was announced.")
    created_by_id: strawberry.ID | None = strawberry.field(description="The employee who announced it.")
    record_ids: list[strawberry.ID] | None = strawberry.field(
        description="The records in your sight that it hangs on; `nodes` tells what they are."
    )
    download_url: str | None = strawberry.field(
        resolver=_download_url,
        description="From where you fetch it, below the address of the API; null while it is not ready. "
        "Your rights at that moment count.",
    )
    preview_url: str | None = strawberry.field(
        resolver=_preview_url,
        description="From where you fetch a small picture, likewise; null for what is no PNG, JPEG, GIF or WebP.",
    )
    engine: strawberry.Private[EngineFile]


def file_told(file: EngineFile) -> File:
    """The file as the API tells it."""
    return File(
        id=strawberry.ID(str(file.id)),
        name=file.name,
        size=file.size,
        type=file.type,
        checksum=file.checksum,
        state=file.state,
        reason=file.reason,
        created_at=file.created_at,
        created_by_id=strawberry.ID(str(file.created_by)),
        record_ids=[strawberry.ID(str(record)) for record in file.records],
        engine=file,
    )
