"""A file is named by what is in it; a name that fits everything collects everything."""

from collections.abc import Iterator
from pathlib import PurePosixPath

from scripts.rules.project import Finding, Project

REFUSED = {"utils", "util", "helpers", "helper", "common", "base", "manager", "managers", "service", "services", "misc"}


def check(project: Project) -> Iterator[Finding]:
    for path in project.paths:
        parts = [PurePosixPath(path).stem, *PurePosixPath(path).parent.parts]
        if path.endswith((".py", ".js", ".sh")) and (bad := REFUSED.intersection(parts)):
            yield Finding(path, 1, f"the name {bad.pop()!r} says nothing. Name the file by the one idea in it.")
