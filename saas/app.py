"""Assemble the ASGI application: the gate before GraphQL and the plain HTTP doors."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp

import saas.schema.webhook_telling  # noqa: F401  # documents of webhooks are understood from now on
from saas.kit import report, trace
from saas.kit.errors import AtriumError
from saas.kit.settings import settings
from saas.schema.build import schema
from saas.schema.endpoint import graphql
from saas.schema.live.places import places
from saas.tenants.database import close_connections
from saas.web.answers import on_error, on_http_error
from saas.web.gate import GRAPHQL, Gate
from saas.web.routes import ROUTES

EXCEPTION_HANDLERS = {AtriumError: on_error, HTTPException: on_http_error}


@asynccontextmanager
async def lifespan(_site: Starlette) -> AsyncIterator[None]:
    """From the first request to the last of one process."""
    report.init(settings())
    trace.init(settings())
    yield
    close_connections()
    report.flush()
    trace.flush()


async def end_live(seconds: float) -> None:
    """Before the server ends: live connections go, what is being done on them is finished, for so long at most."""
    await places().end_all(seconds)


def create_app(graphql: ASGIApp = graphql) -> ASGIApp:
    """The application of one process; nothing is connected before the first request."""
    schema()  # built here: processes that are forked from now on share it
    site = Starlette(routes=ROUTES, exception_handlers=EXCEPTION_HANDLERS, lifespan=lifespan)
    doors = frozenset(route.path for route in ROUTES) | {GRAPHQL}
    max_body, max_file = settings().max_body_kb * 1024, settings().max_file_mb * 1024 * 1024
    return Gate(site, graphql, max_body=max_body, max_file=max_file, doors=doors)
