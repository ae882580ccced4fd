"""One who follows: what they have not taken yet, bounded, so that who is slow costs nobody but themselves."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator

import orjson

from saas.kit.errors import AtriumError, Conflict
from saas.schema import told
from saas.schema.live.asked import Asked

MOST_EVENTS = 1_000
MOST_BYTES = 4_000_000
MOST_IN_ALL = 200_000_000  # bytes that wait for all followers of this process


class TooSlow(Conflict):
    """The follower did not take what it was told: more waits for it than is kept."""

    code = "TOO_SLOW"


class Follower:
    """A queue of answers between the hub and one client, for one event loop."""

    in_all = 0  # bytes

    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self._waiting: deque[bytes] = deque()
        self._bytes = 0
        self._news = asyncio.Event()
        self.has_ended = False

    def tell(self, answers: list[bytes]) -> None:
        """Put these where the follower finds them; one who lets too many wait is ended."""
        if self.has_ended:
            return
        self._waiting.extend(answers)
        self._count(sum(map(len, answers)))
        if len(self._waiting) > MOST_EVENTS or self._bytes > MOST_BYTES or Follower.in_all > MOST_IN_ALL:
            remedy = "Go on after the last cursor that you got; take what is sent as it comes."
            self.end(TooSlow("What you were told was not taken in time.", remedy=remedy))
        self._news.set()

    def end(self, error: Exception | None = None) -> None:
        """Nothing more is told after this, which the last answer explains."""
        if error is None or isinstance(error, TooSlow):  # nobody takes what waits
            self._waiting.clear()
            self._count(-self._bytes)
        if self.has_ended:
            return
        self.has_ended = True
        if error is not None:
            answer = told.refusal(error) if isinstance(error, AtriumError) else told.bug(error)
            self._waiting.append(orjson.dumps(answer))
            self._count(len(self._waiting[-1]))
        self._news.set()

    async def answers(self) -> AsyncIterator[bytes]:
        """What it is told, as it comes, until the end."""
        while True:
            while self._waiting:
                answer = self._waiting.popleft()
                self._count(-len(answer))
                yield answer
            if self.has_ended:
                return
            self._news.clear()
            await self._news.wait()

    def _count(self, more: int) -> None:
        self._bytes += more
        Follower.in_all += more
