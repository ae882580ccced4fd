"""The family of types of every object, and of the lines of documents."""

from saas.engine.registry import ObjectType
from saas.schema.derive.lines import LineFamily
from saas.schema.derive.objects import Family
from saas.schema.derive.words import Words


def families(objects: tuple[ObjectType, ...], words: Words) -> dict[str, Family]:
    """The family of every object by its name, and of its lines by theirs."""
    found: dict[str, Family] = {}
    for one in objects:
        found[one.name] = Family(one, words, found)
        if one.lines is not None:
            found[one.lines.name] = LineFamily(one.lines, words, found)
    return found
