"""Files and functions stay small enough to read at one go, counted in lines of code."""

import ast
from collections.abc import Iterator

from scripts.rules.project import Finding, Project, Source

FILE = {"tests/": 400, "": 350}
FUNCTION = 40
NOT_COUNTED = ("migrations/directory/versions/", "migrations/platform/versions/", "migrations/tenant/versions/")
Documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def check(project: Project) -> Iterator[Finding]:
    for source in project.python():
        if source.path.startswith(NOT_COUNTED):
            continue
        code = code_lines(source)
        limit = next(lines for folder, lines in FILE.items() if source.path.startswith(folder))
        if len(code) > limit:
            message = f"{len(code)} lines of code, the limit is {limit}. Give a second idea its own file."
            yield Finding(source.path, 1, message)
        for node in source.nodes():
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = sum(node.lineno <= line <= (node.end_lineno or 0) for line in code)
                if length > FUNCTION:
                    message = f"{node.name}() has {length} lines of code, the limit is {FUNCTION}. Name its steps."
                    yield source.find(node, message)


def code_lines(source: Source) -> list[int]:
    """The numbers of the lines that are neither empty nor comment nor docstring."""
    prose: set[int] = set()
    for node in source.nodes():
        if isinstance(node, Documented) and node.body and ast.get_docstring(node, clean=False) is not None:
            prose.update(range(node.body[0].lineno, (node.body[0].end_lineno or 0) + 1))
    return [
        number
        for number, line in enumerate(source.lines, start=1)
        if number not in prose and line.strip() and not line.strip().startswith("#")
    ]
