"""What a new schema takes away from clients of the schema before, and whether CHANGELOG.md tells them."""

import subprocess
from pathlib import Path

from graphql import build_schema, find_breaking_changes

FILE = "schema.graphql"
CHANGELOG = "CHANGELOG.md"


def breaking(before: str, now: str) -> list[str]:
    """Each breaking change as a sentence, such as `Field Customer.fax was removed.`"""
    changes = find_breaking_changes(build_schema(before), build_schema(now))
    return sorted(change.description for change in changes)


def unlisted(changes: list[str], changelog: str) -> list[str]:
    """Those that no line of the changelog tells: `- Field Customer.fax was removed.`, then the reason."""
    told = [line.strip().removeprefix("- ") for line in changelog.splitlines() if line.strip().startswith("- ")]
    return [change for change in changes if not any(line.startswith(change) for line in told)]


def before(root: Path, now: str) -> str | None:
    """The last committed schema that differs from `now`; None where git knows none."""
    listed = _git(root, "log", "--format=%H", "-20", "--", FILE)
    for commit in (listed or "").split():
        found = _git(root, "show", f"{commit}:{FILE}")
        if found is not None and found != now:
            return found
    return None


def _git(root: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return None
    return done.stdout if done.returncode == 0 else None
