"""Persisted documents: a query is sent once with its sha256, afterwards the hash alone asks for it."""

import hashlib
import re
from collections import OrderedDict
from threading import Lock
from uuid import UUID

from saas.engine.documents import document_text, keep_document
from saas.kit import clock
from saas.kit.errors import BadInput, NotFound
from saas.schema.prepare import LONGEST_KEPT
from saas.tenants.session import reading, writing
from saas.tenants.tenant import Tenant

_ID = re.compile(r"(?:sha256:)?([0-9a-f]{64})")
_KEPT = 1_000


class DocumentNotFound(NotFound):
    """Nobody of this tenant has sent the document yet."""

    code = "PERSISTED_DOCUMENT_NOT_FOUND"


class _Texts:
    """The documents used last, by tenant and hash: one tenant's documents are no other's."""

    def __init__(self) -> None:
        self._texts: OrderedDict[tuple[UUID, str], str] = OrderedDict()
        self._lock = Lock()

    def get(self, tenant: Tenant, hash_: str) -> str | None:
        with self._lock:
            found = self._texts.get((tenant.id, hash_))
            if found is not None:
                self._texts.move_to_end((tenant.id, hash_))
            return found

    def put(self, tenant: Tenant, hash_: str, text: str) -> None:
        with self._lock:
            self._texts[tenant.id, hash_] = text
            while len(self._texts) > _KEPT:
                self._texts.popitem(last=False)

    def clear(self) -> None:
        with self._lock:
            self._texts.clear()


_texts = _Texts()


def forget_documents() -> None:
    """Look every document up anew."""
    _texts.clear()


def persisted_text(tenant: Tenant, document_id: str) -> str:
    """The document with this id; DocumentNotFound where the tenant keeps none."""
    hash_ = _hash_of(document_id)
    found = _texts.get(tenant, hash_)
    if found is None:
        with reading(tenant) as opened:
            found = document_text(opened.session, hash_)
        if found is None:
            raise DocumentNotFound(
                "There is no document with this id.", remedy="Send its query with it once.", path=("documentId",)
            )
        _texts.put(tenant, hash_, found)
    return found


def known_text(tenant: Tenant, document_id: str) -> str | None:
    """The same, if this process read it before."""
    return _texts.get(tenant, _hash_of(document_id))


def check_document(document_id: str, text: str) -> None:
    """Refuse (BadInput) an id that is not the sha256 of the text, or a text too long to keep."""
    if _hash_of(document_id) != hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest():
        raise BadInput("documentId is not the sha256 of the query.", path=("documentId",))
    if len(text) > LONGEST_KEPT:
        raise BadInput(
            f"A document of more than {LONGEST_KEPT:,} characters is not kept.",
            remedy="Leave out documentId.",
            path=("documentId",),
        )


def persist(tenant: Tenant, document_id: str, text: str) -> None:
    """Keep a valid document under its id, for this tenant; one that is kept already costs a look at most."""
    try:
        persisted_text(tenant, document_id)
    except DocumentNotFound:
        hash_ = _hash_of(document_id)
        with writing(tenant) as opened:
            keep_document(opened.session, hash_, text, clock.now())
        _texts.put(tenant, hash_, text)


def _hash_of(document_id: str) -> str:
    found = _ID.fullmatch(document_id)
    if found is None:
        raise BadInput("documentId must be `sha256:` and 64 hexadecimal digits.", path=("documentId",))
    return found.group(1)
