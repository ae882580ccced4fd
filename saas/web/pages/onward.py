"""Where a person goes on to after signing in: only ever one of our own addresses."""

import re
from urllib.parse import quote

HOME = "/account"
_OWN = re.compile(r"/(?:account|oauth/authorize|oauth/device|sso/[0-9a-f-]{36}/link)(?:[/?][\x21-\x7e]*)?")


def own_path(given: str | None) -> str:
    """The path given, where it is an address of ours to which one may be sent on; else the page of one's account.

    A browser takes a backslash for a slash, and `..` for the folder above.
    """
    if given and len(given) <= 4000 and _OWN.fullmatch(given) and "\\" not in given and "/." not in given:
        return given
    return HOME


def sign_in_path(onward_to: str) -> str:
    """The sign-in page that goes on to this path."""
    return f"/account/sign-in?continue={quote(onward_to, safe='')}"
