"""What fetching and sending files costs: points of the same minute that GraphQL spends."""

from collections.abc import Callable

from saas.engine.files.token import Pass, Purpose
from saas.gateways.meter import meter
from saas.kit.errors import RateLimited
from saas.kit.settings import settings

OF_A_PREVIEW = 5  # a picture is unpacked for it, however often it is asked for
_POINTS = {Purpose.UPLOAD: 1, Purpose.DOWNLOAD: 1, Purpose.PREVIEW: OF_A_PREVIEW}


class TooManyFiles(RateLimited):
    """The points of this minute are spent; there are new ones in so many `seconds`."""

    def __init__(self, who: str, seconds: int) -> None:
        super().__init__(
            f"The points of this {who} for this minute are spent.", remedy=f"Send it again in {seconds} seconds."
        )
        self.seconds = seconds


def spend(given: Pass, later: Callable[[Callable[[], None]], object]) -> None:
    """Take the points of whoever the address was made for; TooManyFiles where they, or their tenant, have none left."""
    keys = (f"person:{given.tenant_id}:{given.person_id}", f"tenant:{given.tenant_id}")
    (person, tenant), seconds = meter().spend(keys, _POINTS[given.purpose], later)
    if person > settings().person_rate or tenant > settings().tenant_rate:
        raise TooManyFiles("person" if person > settings().person_rate else "tenant", seconds)
