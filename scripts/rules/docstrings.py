"""Every file starts with one sentence that says, in the words of the business, what it is for."""

import ast
from collections.abc import Iterator

from scripts.rules.project import Finding, Project

ENDS = (".", ":", "?", "!")


def check(project: Project) -> Iterator[Finding]:
    for source in project.python():
        if not source.text.strip():
            continue
        docstring = ast.get_docstring(source.tree)
        if not docstring:
            yield Finding(source.path, 1, "no docstring. Begin the file with one sentence on what it is for.")
        elif not docstring.split("\n\n")[0].rstrip().endswith(ENDS):
            yield Finding(source.path, 1, "the docstring's first paragraph is no sentence. End it with a full stop.")
