"""Reading by the front door: one record, or a page of all that the actor may read."""

from uuid import UUID

from saas.engine.read.columns import Node
from saas.engine.read.fetch import fetch_by_ids, fetch_page
from saas.engine.read.listing import Page
from saas.engine.read.wanted import Wanted, WantedList
from saas.engine.scope import Scope


def read_one(scope: Scope, wanted: Wanted, id_: UUID, *, trash: bool = False) -> Node | None:
    """The record, or None where there is none in sight."""
    scope.need(f"{wanted.object.rights}.read")
    return fetch_by_ids(scope, wanted, [id_], trash=trash).get(id_)


def read_page(scope: Scope, asked: WantedList) -> Page:
    """One page of the records that the actor may read."""
    scope.need(f"{asked.records.object.rights}.read")
    return fetch_page(scope, asked)
