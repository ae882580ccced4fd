"""How often one network address may knock at the doors where anybody may try to come in.

Doors that take a token count by person, tenant and app (`saas/schema/rates.py`); these are open to everybody.
"""

from saas.gateways.meter import meter
from saas.kit.errors import RateLimited
from saas.kit.settings import settings
from saas.web.threads import soon

# How many times the usual number each group may have, the longer path first. Behind the doors of apps stands one
# server for all of its people; what it asks is counted by app too (`saas/web/oauth/rates.py`).
_OPEN = {
    "/account": 1,
    "/oauth/authorize": 1,
    "/oauth/device": 1,
    "/oauth": 20,
    "/sso": 1,
    "/sign-in": 1,
    "/sign-out": 1,
}


class TooManyRequests(RateLimited):
    """Wait `seconds` until the next minute begins."""

    def __init__(self, seconds: int) -> None:
        super().__init__("Too many requests from this network address.", remedy=f"Send it again in {seconds} seconds.")
        self.seconds = seconds


def knock(path: str, address: str) -> None:
    """Count a request to one of these doors; TooManyRequests where the address has knocked too often this minute.

    Doors of one group are counted together, so that nobody is tried by one door after another.
    """
    group = next((group for group in _OPEN if path == group or path.startswith(group + "/")), None)
    if group is None or not address:
        return
    (count,), seconds = meter().spend((f"address:{group}:{address}",), 1, soon)
    if count > settings().address_rate * _OPEN[group]:
        raise TooManyRequests(seconds)
