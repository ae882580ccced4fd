"""The files that the rules look at, and what a rule says of one."""

import ast
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatch
from functools import cached_property
from pathlib import Path


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One place that breaks a rule: what is wrong and what to do instead."""

    path: str
    line: int
    message: str


@dataclass
class Source:
    """A Python file, read and parsed once."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, filename=self.path)

    @cached_property
    def lines(self) -> list[str]:
        return self.text.splitlines()

    @cached_property
    def _nodes(self) -> list[ast.AST]:
        return list(ast.walk(self.tree))

    def nodes(self) -> list[ast.AST]:
        """Every part of the file, from the outside inwards."""
        return self._nodes

    def line(self, number: int) -> str:
        return self.lines[number - 1]

    def find(self, node: ast.stmt | ast.expr | ast.arg, message: str) -> Finding:
        return Finding(self.path, node.lineno, message)


@dataclass
class Project:
    """A checkout: the files that git knows or would add, or all that are not ignored."""

    root: Path
    _sources: dict[str, Source] = field(default_factory=dict)

    @cached_property
    def paths(self) -> list[str]:
        command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
        try:
            listed = subprocess.run(command, cwd=self.root, capture_output=True, text=True, check=True)
        except (FileNotFoundError, subprocess.CalledProcessError):
            return sorted(self._walked(self.root))
        return sorted({path for path in listed.stdout.split("\0") if path and (self.root / path).is_file()})

    def _walked(self, folder: Path) -> Iterator[str]:
        """The same where there is no git, or no checkout of it: all that .gitignore does not name."""
        for entry in folder.iterdir():
            ignored = any(fnmatch(entry.name, pattern) for pattern in self._ignored)
            if entry.is_dir() and not ignored and entry.name != ".git":
                yield from self._walked(entry)
            elif entry.is_file() and not ignored:
                yield entry.relative_to(self.root).as_posix()

    @cached_property
    def _ignored(self) -> list[str]:
        file = self.root / ".gitignore"
        return (
            [line.strip().rstrip("/") for line in file.read_text().splitlines() if line.strip()]
            if file.exists()
            else []
        )

    def text(self, path: str) -> str | None:
        """The text of a file, or None where it is not text."""
        try:
            return (self.root / path).read_text("utf-8")
        except UnicodeDecodeError:
            return None

    def _is_python(self, path: str) -> bool:
        if path.endswith(".py"):
            return True
        is_script = path.startswith("scripts/") and "." not in path
        return is_script and "python" in (self.text(path) or "").partition("\n")[0]

    def python(self, *folders: str) -> Iterator[Source]:
        """The Python files below the folders (`saas/modules/`), or all of them."""
        for path in self.paths:
            if (not folders or path.startswith(folders)) and self._is_python(path):
                if path not in self._sources:
                    self._sources[path] = Source(path, (self.root / path).read_text("utf-8"))
                yield self._sources[path]
