"""What pages say, each in English and Chinese: one file a topic, all read together, so no list is shared."""

import json
from collections.abc import Callable
from functools import cache
from importlib import resources

from saas.kit.errors import BadConfig

LANGUAGES = ("en", "zh")
Say = Callable[..., str]


def say_in(language: str) -> Say:
    """`say("key", name=…)` in this language; an unknown key is an error of ours."""
    place = LANGUAGES.index(language)

    def say(key: str, **values: object) -> str:
        return _all()[key][place].format(**values) if values else _all()[key][place]

    return say


def language_of(asked: str | None, kept: str | None, accepted: str) -> str:
    """The language asked for in the address, else the one kept, else the first that the browser accepts and we have."""
    wanted = [each.split(";")[0].strip().lower()[:2] for each in (asked or "", kept or "", *accepted.split(","))]
    return next((each for each in wanted if each in LANGUAGES), LANGUAGES[0])


@cache
def _all() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for file in resources.files(__name__).iterdir():
        if file.name.endswith(".json"):
            more = json.loads(file.read_text("utf-8"))
            if twice := found.keys() & more.keys():
                raise BadConfig(f"{file.name}: {min(twice)} stands in another file too.", remedy="Rename it.")
            found |= more
    return found
