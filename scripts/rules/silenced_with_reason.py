"""A silenced check names its code and its reason, so that the next reader can tell whether it still holds."""

import io
import re
import tokenize
from collections.abc import Iterator

from scripts.rules.project import Finding, Project, Source

NOQA = re.compile(r"#\s*noqa\b(?P<rest>.*)", re.IGNORECASE)
IGNORE = re.compile(r"#\s*type:\s*ignore\b(?P<rest>.*)")
NOQA_CODES = re.compile(r"^:\s*[A-Z]+\d+(?:\s*,\s*[A-Z]+\d+)*")
IGNORE_CODES = re.compile(r"^\[[a-z\-, ]+\]")
SECOND = re.compile(r"#\s*(?:noqa[:\sA-Z0-9,]*|type:\s*ignore(?:\[[^\]]*\])?)")
REASON = re.compile(r"[^\W\d_]{2,}")


def check(project: Project) -> Iterator[Finding]:
    for source in project.python():
        for line, comment in _comments(source):
            for silence, codes, example in (
                (NOQA, NOQA_CODES, "# noqa: S608  # names are validated"),
                (IGNORE, IGNORE_CODES, "# type: ignore[arg-type]  # the stub is older than the library"),
            ):
                if (match := silence.search(comment)) and not _complete(match["rest"].strip(), codes):
                    yield Finding(source.path, line, f"silenced without code and reason. Write `{example}`.")


def _comments(source: Source) -> Iterator[tuple[int, str]]:
    for token in tokenize.generate_tokens(io.StringIO(source.text).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


def _complete(rest: str, codes: re.Pattern[str]) -> bool:
    """Whether `rest`, what follows the word that silences, is codes and then a reason (a second silence is none)."""
    match = codes.match(rest)
    return bool(match and REASON.search(SECOND.sub("", rest[match.end() :])))
