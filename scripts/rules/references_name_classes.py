"""A reference names a class, not a string: import-linter and mypy do not see strings."""

import ast
from collections.abc import Iterator

from scripts.rules.project import Finding, Project

BY_CLASS = {"relationship", "ref", "refs", "ForeignKey"}


def check(project: Project) -> Iterator[Finding]:
    for source in project.python("saas/modules/"):
        for node in source.nodes():
            if not (isinstance(node, ast.Call) and node.args):
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            first = node.args[0]
            if name in BY_CLASS and isinstance(first, ast.Constant) and isinstance(first.value, str):
                message = f'{name}("{first.value}") names an object by a string. Import the class and name it.'
                yield source.find(node, message)
