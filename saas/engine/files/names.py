"""Names of files: what people call them, never where they lie."""

import re
import unicodedata

from saas.kit.errors import BadInput

LONGEST = 255
# Signs that turn the order of letters about, so that `gpj.exe` is read as `exe.jpg`.
_TURNING = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def checked_name(given: str) -> str:
    """The name, in composed characters and without blanks around; BadInput where a device could not keep it."""
    name = unicodedata.normalize("NFC", given).strip()
    if not name or set(name) == {"."}:
        wrong = "is empty"
    elif len(name) > LONGEST:
        wrong = f"has more than {LONGEST} characters"
    elif any(unicodedata.category(sign) in ("Cc", "Cs") for sign in name):
        wrong = "holds a control character or half a character"
    elif "/" in name or "\\" in name:
        wrong = "holds a slash: it is a name, not a path"
    elif _TURNING.search(name):
        wrong = "holds a sign that turns the direction of writing"
    else:
        return name
    raise BadInput(f"The name {wrong}.", remedy="Send the bare name of the file.", path=("name",))
