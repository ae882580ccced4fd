"""The family of types of every object and of every kind of lines."""

from saas.engine.registry import ObjectType
from saas.schema.derive.files import FileLists
from saas.schema.derive.lines import LineFamily
from saas.schema.derive.objects import Family
from saas.schema.derive.words import Words


def families(listed: tuple[ObjectType, ...], words: Words, files: FileLists) -> dict[str, Family]:
    """The family of each of these by its name."""
    found: dict[str, Family] = {}
    for one in listed:
        found[one.name] = (LineFamily if one.document else Family)(one, words, found, files)
    return found
