"""A module file says what it means: `Any` would silence mypy where the business is written."""

import ast
from collections.abc import Iterator

from scripts.rules.project import Finding, Project


def check(project: Project) -> Iterator[Finding]:
    for source in project.python("saas/modules/"):
        for node in source.nodes():
            name = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
            if name == "Any" and isinstance(node, ast.Name | ast.Attribute):
                yield source.find(node, "Any in a module file. Name the type.")
