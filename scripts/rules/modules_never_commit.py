"""Modules never commit: one request or job is one transaction, and the door that opened it ends it."""

import ast
from collections.abc import Iterator

from scripts.rules.project import Finding, Project, Source

ENDS = {"commit", "rollback", "begin", "begin_nested"}


def check(project: Project) -> Iterator[Finding]:
    for source in project.python("saas/modules/"):
        for node in source.nodes():
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            if node.func.attr in ENDS:
                message = f"a module calls {node.func.attr}(). Leave the transaction to the door that opened it."
                yield source.find(node, message)
            elif node.func.attr == "flush" and not _has_comment(source, node.lineno):
                yield source.find(node, "flush() without a comment. Say on the line why it is needed here.")


def _has_comment(source: Source, line: int) -> bool:
    above = source.line(line - 1).strip() if line > 1 else ""
    return "#" in source.line(line) or above.startswith("#")
