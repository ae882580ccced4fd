"""A script can be run as it is and says what it does: executable, with an interpreter line and a word of help."""

import os
from collections.abc import Iterator
from pathlib import PurePosixPath

from scripts.rules.project import Finding, Project


def check(project: Project) -> Iterator[Finding]:
    for path in project.paths:
        place = PurePosixPath(path)
        if place.parent != PurePosixPath("scripts") or place.suffix not in {"", ".py", ".sh"}:
            continue
        text = project.text(path) or ""
        first = text.partition("\n")[0]
        if not first.startswith("#!"):
            if not path.endswith(".py"):
                yield Finding(path, 1, "no interpreter line. Begin with #!/usr/bin/env …")
            continue
        if not os.access(project.root / path, os.X_OK):
            yield Finding(path, 1, "not executable. Run chmod +x on it.")
        if "python" in first and not any(word in text for word in ("argparse", "click", "--help")):
            yield Finding(path, 1, "has no --help. Read the arguments with argparse.")
        if "python" not in first and not text.partition("\n")[2].lstrip().startswith("#"):
            yield Finding(path, 2, "does not say what it does. Begin with a comment of one sentence.")
