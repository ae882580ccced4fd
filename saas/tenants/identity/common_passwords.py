"""Passwords that whoever guesses tries first: a list, and what people make of a word of it to meet a rule."""

import re
from functools import cache
from importlib import resources

_LOOKALIKES = str.maketrans("013457@$!", "oleastasi")
_FRILLS = re.compile(r"^[\W\d_]{0,8}|[\W\d_]{0,8}$")
_NUMBER = re.compile(r"[\d\W_]{1,14}")
_REPEATED = re.compile(r"(.{1,4}?)\1+.?")


def is_common(password: str) -> bool:
    """Whether it is on the list or little more than a word of it: `P@ssw0rd2024!`; a date; the same again and again."""
    text = password.casefold()
    if _NUMBER.fullmatch(text) or _REPEATED.fullmatch(text):
        return True
    bare = _FRILLS.sub("", text)
    variants = {text, re.sub(r"[\W_]", "", text), bare, text.translate(_LOOKALIKES), bare.translate(_LOOKALIKES)}
    return not variants.isdisjoint(_listed())


@cache
def _listed() -> frozenset[str]:
    lines = resources.files("saas.tenants.identity").joinpath("common_passwords.txt").read_text("utf-8").splitlines()
    return frozenset(line for line in lines if line != "#" and not line.startswith("# "))
