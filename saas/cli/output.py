"""What a command prints: sentences and columns for people, one JSON line for programs."""

import dataclasses
import json
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import click


def say(value: object, sentence: str, *, as_json: bool) -> None:
    """Print `value` as one JSON line, or the sentence."""
    click.echo(json.dumps(value, default=_plain, ensure_ascii=False) if as_json else sentence)


def columns(rows: Sequence[Mapping[str, object]]) -> str:
    """Rows as a table for people; the keys of the first are its head."""
    if not rows:
        return "None."
    heads = list(rows[0])
    cells = [[head.upper() for head in heads], *[[str(row[head]) for head in heads] for row in rows]]
    widths = [max(_width(line[i]) for line in cells) for i in range(len(heads))]
    return "\n".join(
        "  ".join(cell + " " * (width - _width(cell)) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in cells
    )


def _width(text: str) -> int:
    """How many columns of a terminal the text takes: a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def _plain(value: object) -> object:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    if isinstance(value, UUID | datetime):
        return str(value)
    raise TypeError(f"{type(value).__name__} is not for JSON.")
