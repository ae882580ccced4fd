"""A server that does not answer: said once when it goes and once when it is back, and asked less often meanwhile."""

import time

from saas.kit.log import logger

log = logger(__name__)
_FIRST_REST, _LAST_REST = 0.2, 5.0


class Outage:
    """The state of one server as one thread sees it."""

    def __init__(self, server: str, meanwhile: str) -> None:
        self._server = server
        self._meanwhile = meanwhile
        self._rest = 0.0
        self._until = 0.0

    @property
    def resting(self) -> bool:
        """Whether it is too early to ask again."""
        return time.monotonic() < self._until

    @property
    def is_on(self) -> bool:
        """Whether it did not answer when it was asked last."""
        return bool(self._rest)

    def on(self, error: BaseException) -> None:
        if not self._rest:
            log.warning(f"{self._server} does not answer, {self._meanwhile}", error=str(error))
        self._rest = min(self._rest * 2 or _FIRST_REST, _LAST_REST)
        self._until = time.monotonic() + self._rest

    def over(self) -> None:
        if self._rest:
            log.info(f"{self._server} answers again")
        self._rest = self._until = 0.0
