"""What a message says, chosen by a document of GraphQL subscriptions: the same words as a subscriber would get.

Documents are understood by the schema, a layer above this one: it gives its teller here (`use`) where it is loaded.
"""

from collections.abc import Sequence
from typing import Protocol

from saas.engine.live.changes import Happened
from saas.engine.scope import Scope
from saas.kit.errors import BadConfig


class Teller(Protocol):
    """Who understands documents."""

    def problems(self, scope: Scope, document: str) -> list[str]:
        """What is wrong with a document, in sentences; `scope` is in the name of whoever the message is sent for."""
        ...

    def tell(
        self, scope: Scope, document: str, object_name: str, happened: Sequence[Happened]
    ) -> list[dict[str, object] | None] | None:
        """The answers to its subscription of this object, with `data` and perhaps `errors`; None in the place of what
        its filter leaves out. None for all: it has no subscription of this object."""
        ...


_tellers: list[Teller] = []


def use(teller: Teller) -> None:
    """From now on this one is asked in this process."""
    _tellers[:] = [teller]


def teller() -> Teller:
    """The one in use; BadConfig in a process that has not loaded the schema."""
    if not _tellers:
        what = "Documents of webhooks are read where the schema is."
        raise BadConfig(what, remedy="Import saas.schema.webhook_telling there.")
    return _tellers[0]
