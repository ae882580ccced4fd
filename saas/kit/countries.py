"""Countries: by the time zones that they keep."""

from functools import cache
from importlib.resources import files


def country_of(zone: str) -> str | None:
    """The ISO 3166 code of the country that a time zone is named for; None where it is no country's, such as UTC."""
    return _by_zone().get(zone)


@cache
def _by_zone() -> dict[str, str]:
    text = files("tzdata.zoneinfo").joinpath("zone.tab").read_text("utf-8")
    rows = (line.split("\t") for line in text.splitlines() if not line.startswith("#"))
    return {row[2]: row[0] for row in rows}
