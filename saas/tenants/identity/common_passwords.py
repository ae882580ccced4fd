"""Passwords that whoever guesses tries first, and what people make of a word of them to meet a rule."""

import re

from zxcvbn import zxcvbn

LEAST_GUESSES = 15_000  # some times what lists of common passwords hold; past that, trying is slowed by the lock-out
_LONGEST = 72  # the estimate looks no further, so that nobody keeps it busy
_FRILLS = re.compile(r"^[\W\d_]{0,8}|[\W\d_]{0,8}$")
_NUMBER = re.compile(r"[\d\W_]{1,14}")
# What is as common in China as `iloveyou`, and the estimate's lists do not have.
_CHINESE = ("woaini", "woaiwojia", "5201314", "1314520", "520520", "nihao", "zhongguo", "mima", "caonima", "wodemima")


def is_common(password: str) -> bool:
    """Whether it would be guessed soon: a common word, little more than one (`P@ssw0rd2024!`), a date, a pattern."""
    text = password.casefold()[:_LONGEST]
    if not text or _NUMBER.fullmatch(text):
        return True
    if _guesses(text) < LEAST_GUESSES:
        return True
    bare = _FRILLS.sub("", text)
    # Of most of it a word: what stands around it is what everybody puts there.
    return len(bare) >= 4 and 2 * len(bare) >= len(text) and _guesses(bare) < LEAST_GUESSES


def _guesses(text: str) -> float:
    return float(zxcvbn(text, user_inputs=list(_CHINESE))["guesses"])
