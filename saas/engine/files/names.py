"""Names of files: what people call them, never where they lie."""

import re
import unicodedata

from saas.kit.errors import BadInput
from saas.kit.text import normal

LONGEST = 255
_MOST_GIVEN = 4 * LONGEST  # no more of them become so few in composed characters
# Signs that turn the order of letters about, so that `gpj.exe` is read as `exe.jpg`.
_TURNING = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
# Signs that nobody sees, by which two names look the same. Those that join and part letters are needed for writing.
_UNSEEN = re.compile("[\u00ad\u180e\u200b\u2060-\u2064\u206a-\u206f\ufeff\ufff9-\ufffb]")
_CONTROLS = ("Cc", "Cs", "Zl", "Zp")


def checked_name(given: str) -> str:
    """The name, in composed characters and without blanks around; BadInput where a device could not keep it."""
    name = normal("NFC", given).strip()
    if len(given) > _MOST_GIVEN:
        wrong = f"has more than {LONGEST} characters"
    elif not name or set(name) == {"."}:
        wrong = "is empty"
    elif len(name) > LONGEST:
        wrong = f"has more than {LONGEST} characters"
    elif any(unicodedata.category(sign) in _CONTROLS for sign in name):
        wrong = "holds a control character or half a character"
    elif "/" in name or "\\" in name:
        wrong = "holds a slash: it is a name, not a path"
    elif _TURNING.search(name):
        wrong = "holds a sign that turns the direction of writing"
    elif _UNSEEN.search(name):
        wrong = "holds a sign that nobody sees"
    else:
        return name
    raise BadInput(f"The name {wrong}.", remedy="Send the bare name of the file.", path=("name",))


def made_name(wished: str) -> str:
    """A name for what the program makes, out of one that somebody gave: what may not stand in a name is left out."""
    name = "".join(sign for sign in normal("NFC", wished) if sign not in "/\\" and not _is_odd(sign)).strip()
    return name[-LONGEST:] if name.strip(".") else "file"


def _is_odd(sign: str) -> bool:
    return unicodedata.category(sign) in _CONTROLS or bool(_TURNING.match(sign) or _UNSEEN.match(sign))
