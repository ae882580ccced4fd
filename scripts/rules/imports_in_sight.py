"""Imports stand at the top and hold at run time: a hidden import is a cycle that nobody has looked at.

`TYPE_CHECKING` is refused everywhere in saas (hints are read at run time), an import inside a function in saas/modules.
"""

import ast
from collections.abc import Iterator

from scripts.rules.project import Finding, Project


def check(project: Project) -> Iterator[Finding]:
    for source in project.python("saas/"):
        for node in source.nodes():
            if isinstance(node, ast.Name | ast.Attribute) and _name(node) == "TYPE_CHECKING":
                yield source.find(node, "TYPE_CHECKING hides an import. Import it, or turn the dependency round.")
            elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and source.path.startswith("saas/modules/"):
                for inner in ast.walk(node):
                    if isinstance(inner, ast.Import | ast.ImportFrom):
                        message = f"import inside {node.name}(). Put it at the top; a cycle wants an event instead."
                        yield source.find(inner, message)


def _name(node: ast.Name | ast.Attribute) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr
