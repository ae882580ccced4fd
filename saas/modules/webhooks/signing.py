"""Secrets and signatures as Standard Webhooks has them: https://www.standardwebhooks.com.

A receiver takes `webhook-id`, `webhook-timestamp` and the body as it came, joined by dots, and compares the HMAC with
those in `webhook-signature`. While a former secret counts yet there are two, and one that matches is enough.
"""

import base64
import hmac
import secrets
from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256

PREFIX = "whsec_"
_BYTES = 32


def new_secret() -> str:
    """A fresh secret, as it is shown once: `whsec_` and base64."""
    return PREFIX + base64.b64encode(secrets.token_bytes(_BYTES)).decode()


def signed_headers(message_id: str, at: datetime, body: bytes, keys: Iterable[str]) -> dict[str, str]:
    """The three headers of one try; the moment is that of the try, so that a replay can be told from it."""
    timestamp = str(int(at.timestamp()))
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(_signature(f"{message_id}.{timestamp}.", body, each) for each in keys),
    }


def _signature(head: str, body: bytes, secret: str) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX))
    return "v1," + base64.b64encode(hmac.new(key, head.encode() + body, sha256).digest()).decode()
