"""`saas suggest-mapping`: the mapping that the headings of a file suggest, to be completed by hand."""

from dataclasses import asdict
from pathlib import Path

import click
import yaml

import saas.modules
from saas.cli.output import say
from saas.engine.registry import object_named
from saas.engine.transfer.entry import sheet_of
from saas.engine.transfer.source import Manner, content_of
from saas.engine.transfer.suggest import LOOKED_AT, Suggestion, suggest

MODULES = saas.modules  # declares the objects
FILE = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)


@click.command(
    "suggest-mapping",
    help="Write a mapping to import FILE into OBJECT, such as customer, as its headings suggest.",
)
@click.argument("object_name", metavar="OBJECT")
@click.argument("file", type=FILE)
@click.option("--json", "as_json", is_flag=True, help="One JSON line instead of YAML.")
def command(object_name: str, file: Path, as_json: bool) -> None:
    one = object_named(object_name)
    with file.open("rb") as content:
        sheet = sheet_of(content_of(content, Manner(lines="lines" if one.lines else None)), LOOKED_AT)
    found = suggest(one, sheet)
    say(asdict(found) | {"mapping": found.as_mapping()}, _as_yaml(found), as_json=as_json)


def _as_yaml(found: Suggestion) -> str:
    """The mapping with what it leaves open as comments, so that it can be redirected into a file."""
    notes = [
        *(f"# {sentence}" for sentence in found.doubts),
        *(f"# not used: {name}" for name in found.unused),
        *(f"# required, and in no column: {name}" for name in found.missing),
    ]
    if not found.key:
        notes.append("# key: by which fields is a record known again?")
    mapping = yaml.safe_dump(found.as_mapping(), allow_unicode=True, sort_keys=False)
    return "\n".join([*notes, mapping.rstrip()])
