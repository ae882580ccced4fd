"""Sessions open in saas/tenants only: it sets the tenant's role and schema, and nothing else does.

A connection opened elsewhere has no tenant, or the last one's. The embedded servers and the dispatcher of jobs,
which work for no tenant, may call `psycopg.connect` with the comment `# no tenant: <reason>` on the line.
"""

import ast
import re
from collections.abc import Iterator

from scripts.rules.project import Finding, Project, Source

OPENERS = {
    "create_engine", "create_async_engine", "engine_from_config", "sessionmaker", "scoped_session",
    "async_sessionmaker", "ConnectionPool", "AsyncConnectionPool",
}  # fmt: skip
CONNECTORS = {"psycopg", "Connection", "AsyncConnection", "engine"}
# Its pool is one of HTTP connections.
NO_DATABASE = {"httpcore2"}
EXCUSED = ("saas/cli/", "saas/workers/")
EXCUSE = re.compile(r"# no tenant: \w+")
REMEDY = "Use saas.tenants.session.reading or writing."


def check(project: Project) -> Iterator[Finding]:
    for source in project.python("saas/"):
        if source.path.startswith("saas/tenants/"):
            continue
        for node in source.nodes():
            if isinstance(node, ast.Call) and (opener := _opener(node.func)) and not _excused(source, node):
                yield source.find(node, f"{opener}() opens a session outside saas/tenants. {REMEDY}")


def _opener(called: ast.expr) -> str | None:
    if isinstance(called, ast.Name):
        return called.id if called.id in OPENERS | {"Session", "AsyncSession"} else None
    if isinstance(called, ast.Attribute):
        if isinstance(called.value, ast.Name) and called.value.id in NO_DATABASE:
            return None
        if called.attr in OPENERS:
            return called.attr
        if called.attr == "connect" and isinstance(called.value, ast.Name | ast.Attribute):
            owner = called.value.id if isinstance(called.value, ast.Name) else called.value.attr
            return f"{owner}.connect" if owner in CONNECTORS else None
    return None


def _excused(source: Source, node: ast.Call) -> bool:
    last = node.end_lineno or node.lineno
    text = "\n".join(source.lines[node.lineno - 1 : last])
    return source.path.startswith(EXCUSED) and bool(EXCUSE.search(text))
