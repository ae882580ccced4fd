"""What a new schema takes away from clients of the schema before, and whether CHANGELOG.md tells them."""

import subprocess
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    build_schema,
    find_breaking_changes,
)

from saas.engine.registry import DEPRECATED

NOTICE = timedelta(days=365)
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


def deprecations(text: str) -> dict[str, str]:
    """The reason of everything that is marked `@deprecated`, by its coordinate: `Customer.fax`."""
    return dict(_deprecations(text))


def _deprecations(text: str) -> Iterator[tuple[str, str]]:
    for name, one in build_schema(text).type_map.items():
        parts: dict[str, str | None] = {}
        if isinstance(one, GraphQLEnumType):
            parts = {value: told.deprecation_reason for value, told in one.values.items()}
        elif isinstance(one, GraphQLInputObjectType):
            parts = {field: told.deprecation_reason for field, told in one.fields.items()}
        elif isinstance(one, GraphQLObjectType | GraphQLInterfaceType):
            parts = {field: told.deprecation_reason for field, told in one.fields.items()}
            for field, told in one.fields.items():
                parts |= {f"{field}({argument}:)": given.deprecation_reason for argument, given in told.args.items()}
        yield from ((f"{name}.{part}", reason) for part, reason in parts.items() if reason is not None)


def hasty(before: str | None, now: str, today: date) -> list[str]:
    """Deprecations that do not say what to use instead, or give less notice than a year."""
    known = deprecations(before) if before else {}
    found = []
    for coordinate, reason in sorted(deprecations(now).items()):
        said = DEPRECATED.fullmatch(reason)
        if said is None:
            found.append(f"{coordinate} is deprecated without `use X; removed after DATE`: {reason!r}.")
        elif coordinate not in known and date.fromisoformat(said.group(1)) < today + NOTICE:
            found.append(f"{coordinate} is deprecated with less than a year's notice: {reason!r}.")
    return found


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
