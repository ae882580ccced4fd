"""Every file that declares a business object has a test file at the same place under tests/."""

import ast
from collections.abc import Iterator
from pathlib import PurePosixPath

from scripts.rules.project import Finding, Project, Source


def check(project: Project) -> Iterator[Finding]:
    known = set(project.paths)
    for source in project.python("saas/modules/"):
        path = PurePosixPath(source.path)
        test = str(PurePosixPath("tests", *path.parts[1:-1], f"test_{path.name}"))
        if _declares_object(source) and test not in known:
            yield Finding(source.path, 1, f"no test file. Write {test}.")


def _declares_object(source: Source) -> bool:
    return any(
        isinstance(base, ast.Name) and base.id == "Record"
        for node in source.nodes()
        if isinstance(node, ast.ClassDef)
        for base in node.bases
    )
