"""Numbers that people read, such as Q-2026-00042: what a pattern means."""

import re
from dataclasses import dataclass
from datetime import date

from saas.engine.field import Choices

MAX_PATTERN, MAX_DIGITS = 60, 12
_PLACE = re.compile(r"\{([^{}]*)\}")
_SEQUENCE = re.compile(r"seq(?::0?([1-9][0-9]?))?")
_DATE_PARTS = {"year": "%Y", "yy": "%y", "month": "%m", "day": "%d"}


class Resets(Choices):
    """When counting begins at 1 again."""

    NEVER = "never", "Never", "从不"
    YEAR = "year", "Every year", "每年"
    MONTH = "month", "Every month", "每月"
    DAY = "day", "Every day", "每天"


_PERIODS = {Resets.NEVER: "", Resets.YEAR: "%Y", Resets.MONTH: "%Y-%m", Resets.DAY: "%Y-%m-%d"}
# What must stand in a pattern whose count begins again, or the same number would come twice.
_NEEDED: dict[Resets, tuple[tuple[str, ...], ...]] = {
    Resets.NEVER: (),
    Resets.YEAR: (("year", "yy"),),
    Resets.MONTH: (("year", "yy"), ("month",)),
    Resets.DAY: (("year", "yy"), ("month",), ("day",)),
}


@dataclass(frozen=True, slots=True)
class Pattern:
    """How the numbers of an object look: `Q-{year}-{seq:05}`, counted from 1 in each year."""

    text: str
    resets: Resets = Resets.NEVER

    def period(self, day: date) -> str:
        """The span of time that `day` lies in and that is counted by itself."""
        return day.strftime(_PERIODS[self.resets])

    def around(self, day: date) -> tuple[str, int, str]:
        """What stands before the count on that day, how many digits the count has at least, and what stands after."""
        before, _, after = self.text.partition("{seq")
        digits, _, after = after.partition("}")
        return _dated(before, day), int(digits.lstrip(":") or 1), _dated(after, day)

    def may_have_made(self, number: str) -> bool:
        """Whether the number looks as if it had come by itself, on whatever day."""
        before, _, after = self.text.partition("{seq")
        after = after.partition("}")[2]
        return re.fullmatch(f"{_undated(before)}[0-9]+{_undated(after)}", number, re.IGNORECASE) is not None


def _undated(text: str) -> str:
    """The text as an expression in which any day may stand."""
    return "[0-9]+".join(re.escape(part) for part in re.split(r"\{[^{}]*\}", text))


def _dated(text: str, day: date) -> str:
    return _PLACE.sub(lambda place: day.strftime(_DATE_PARTS[place[1]]), text)


def mistake(pattern: Pattern) -> str:
    """Why numbers cannot be made by this pattern, as a sentence; empty where they can."""
    text = pattern.text
    places = _PLACE.findall(text)
    plain = _PLACE.sub("", text)
    known = ", ".join(f"{{{name}}}" for name in _DATE_PARTS)
    unknown = next((place for place in places if place not in _DATE_PARTS and not _SEQUENCE.fullmatch(place)), None)
    if len(text) > MAX_PATTERN or any(char.isspace() or not char.isprintable() or char in "{}" for char in plain):
        return f"A pattern has at most {MAX_PATTERN} signs, no spaces, and braces only around its parts."
    if unknown is not None:
        return f"There is no part {{{unknown}}}. The parts are {{seq}} or {{seq:06}}, {known}."
    sequences = [found for place in places if (found := _SEQUENCE.fullmatch(place))]
    if len(sequences) != 1:
        return f"A pattern has the part {{seq}} exactly once, not {len(sequences)} times."
    if int(sequences[0][1] or 1) > MAX_DIGITS:
        return f"The count has at most {MAX_DIGITS} digits."
    missing = next((each for each in _NEEDED[pattern.resets] if not set(each) & set(places)), None)
    if missing:
        wanted = " or ".join(f"{{{name}}}" for name in missing)
        return f"Numbers that begin again each {pattern.resets.value} must hold {wanted}."
    return ""
