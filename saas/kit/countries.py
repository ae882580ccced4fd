"""Countries: their ISO 3166 codes, what they are called, and the time zones that are named for them."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from saas.kit.text import fold

_ALSO = {"UK": "GB", "USA": "US"}  # what people write, and no name of ISO


@dataclass(frozen=True, slots=True)
class Country:
    """What a country is called, in English and Chinese."""

    code: str
    en: str
    zh: str


@cache
def countries() -> Mapping[str, Country]:
    """All of ISO 3166 by their codes."""
    text = files("saas.kit").joinpath("countries.csv").read_text("utf-8")
    return {code: Country(code, en, zh) for code, en, zh in (line.split(",") for line in text.splitlines())}


def country_named(text: str) -> str | None:
    """The code of the country that is called so: by its code, in English or in Chinese."""
    return names_of_countries().get(fold(text))


def country_of(zone: str) -> str | None:
    """The code of the country that a time zone is named for; None where it is no country's, such as UTC."""
    return _by_zone().get(zone)


@cache
def names_of_countries() -> dict[str, str]:
    found = {name: each.code for each in countries().values() for name in (each.zh, each.en, each.code)}
    return {fold(name): code for name, code in (found | _ALSO).items()}


@cache
def _by_zone() -> dict[str, str]:
    text = files("tzdata.zoneinfo").joinpath("zone.tab").read_text("utf-8")
    rows = (line.split("\t") for line in text.splitlines() if not line.startswith("#"))
    return {row[2]: row[0] for row in rows}
