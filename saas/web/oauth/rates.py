"""How often an app may knock at the doors of OAuth; how often an address may is the gate's matter."""

from saas.gateways.meter import meter
from saas.kit.errors import RateLimited
from saas.kit.settings import settings
from saas.web.attempts import Attempts
from saas.web.threads import soon

# Wrong secrets per app and address, and codes of devices that are not there per person and per address.
wrong_secrets = Attempts()
wrong_codes = Attempts()


class TooOften(RateLimited):
    """Wait `seconds` before the next request."""

    def __init__(self, seconds: int) -> None:
        super().__init__("This app sends too many requests.", remedy=f"Wait {seconds} seconds.")
        self.seconds = seconds


def spend_of_app(door: str, client_id: str) -> None:
    """Take one request of an app that is who it says it is; TooOften where it has none left this minute.

    One that has not proven it is not counted, so that nobody uses up what is another's.
    """
    (spent,), seconds = meter().spend((f"oauth:{door}:{client_id}",), 1, soon)
    if spent > settings().app_rate:
        raise TooOften(seconds)
