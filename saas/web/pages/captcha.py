"""A picture with letters that a person reads and a program hardly does: part of the page, good once, ten minutes long.

Nothing of it is kept until it is answered: the letters travel in the form, encrypted.
"""

import hmac
import json
import secrets
from base64 import b64encode, urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from uuid import UUID

from captcha.image import ImageCaptcha

from saas.kit.clock import now
from saas.kit.errors import BadConfig
from saas.kit.ids import CAPTCHA, new_id
from saas.kit.vault import opened, sealed
from saas.tenants.identity.captcha_demand import use_captcha
from saas.web.pages.browser import Browser

GOOD_FOR = timedelta(minutes=10)
_LETTERS = "ABCDEFHKLMNPRTUVWXYZ"  # none that is read as another
_PURPOSE = "captcha"


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as an address that holds it whole, and what goes back with the answer."""

    url: str
    sealed: str


def new_picture(browser: Browser) -> Picture:
    """Letters for this browser."""
    letters = "".join(secrets.choice(_LETTERS) for _ in range(5))
    image = b64encode(_drawer().generate(letters).getvalue()).decode()
    until = (now() + GOOD_FOR).timestamp()
    facts = {"letters": letters, "id": str(new_id(CAPTCHA)), "until": until, "browser": browser.id}
    return Picture(
        "data:image/png;base64," + image, urlsafe_b64encode(sealed(json.dumps(facts).encode(), _PURPOSE)).decode()
    )


def captcha_in(form: dict[str, str], browser: Browser) -> bool | None:
    """Whether the letters in the form are those of its picture; None where none were sent. An answer counts once."""
    letters, given = form.get("letters", "").strip().upper(), form.get("picture", "")
    if not given:
        return None
    try:
        facts = json.loads(opened(urlsafe_b64decode(given.encode()), _PURPOSE))
    except (BadConfig, ValueError):
        return False
    until = datetime.fromtimestamp(facts["until"], UTC)
    if until <= now() or facts["browser"] != browser.id or not use_captcha(UUID(facts["id"]), until):
        return False
    return hmac.compare_digest(letters.encode(), facts["letters"].encode())


@cache
def _drawer() -> ImageCaptcha:
    return ImageCaptcha(width=240, height=80)
