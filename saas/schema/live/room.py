"""All who follow one tenant in one process, in groups that are told the same; and the task that tells them."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field
from typing import Any

from saas.engine.live.look import ME, Look, look, told
from saas.kit import about, metrics
from saas.kit.errors import AtriumError, RateLimited, Unavailable
from saas.kit.log import logger
from saas.kit.report import capture
from saas.schema.live import answer
from saas.schema.live.follower import Follower
from saas.tenants.tenant import Tenant

log = logger(__name__)
InThread = Callable[..., Awaitable[Any]]
_LOOK = 1.0  # seconds between two looks at a feed for which the bell does not ring
_HELD_UP = 0.05  # seconds until the next look where a transaction that began earlier holds changes up; then twice that
_FAULTS = 5  # looks that may fail in a row for a reason that nobody knows
_AT_ONCE = 2  # readings of one room, however many threads there are
_OUTAGE = 1.0  # seconds until the next try where Postgres does not answer
MOST_OF_ONE = 100  # different subscriptions of one person in one process: each is read by itself
# Whoever changes these may change what others see.
_OF_SIGHT = frozenset({"employee", "department", "region", "role", "branch", "position", "business_line"})


class TooMuchFollowed(RateLimited):
    """One person follows as many different things as may be."""


@dataclass(eq=False, slots=True)
class Group:
    """Followers who are told the same, from the same place on.

    reached    the transaction before which they were told all
    is_behind  whether there may be something to tell whatever was changed
    """

    followers: list[Follower]
    cursor: str
    reached: int = 0
    is_behind: bool = True

    @property
    def kind(self) -> Hashable:
        return self.followers[0].asked.kind

    def wants(self, seen: Look, *, rights_changed: bool) -> bool:
        """Whether to read for them now."""
        asked = self.followers[0].asked
        wakes = asked.source.wakes
        if self.is_behind or rights_changed or wakes is None:
            return True
        if wakes == {ME}:
            return told(asked.caller.principal_id) in seen.names
        return not seen.names.isdisjoint(wakes | _OF_SIGHT)


@dataclass(slots=True)
class Room:
    """The groups of a tenant. Everything here happens on the event loop; only reading is done in threads."""

    tenant: Tenant
    in_thread: InThread
    groups: list[Group] = field(default_factory=list)
    is_closed: bool = False
    _seen: Look | None = None
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _task: "asyncio.Task[None] | None" = None
    _held_up: float = _HELD_UP
    _turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_AT_ONCE))

    def open(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._run(), name=f"room of {self.tenant.slug}")

    def wake(self) -> None:
        """There is something to look at."""
        self._news.set()

    def cursor_of(self, kind: Hashable) -> str | None:
        """Where those stand who follow this and have been told all; None where there are none."""
        return next((group.cursor for group in self.groups if group.kind == kind and not group.is_behind), None)

    def enter(self, follower: Follower, cursor: str) -> None:
        """Begin at this place: with those who stand there already, or in a group of one's own, which may join them.

        TooMuchFollowed where one person, or app in its own name, follows too many different things.
        """
        kind = follower.asked.kind
        for group in self.groups:
            same_place = group.cursor == cursor or (follower.asked.after is None and not group.is_behind)
            if group.kind == kind and same_place:
                group.followers.append(follower)
                return
        caller = follower.asked.caller
        own = [group for group in self.groups if group.followers[0].asked.caller.principal_id == caller.principal_id]
        if len(own) >= MOST_OF_ONE:
            raise TooMuchFollowed(
                f"You follow {MOST_OF_ONE} things at once already, which is the most.",
                remedy="Follow a list by one subscription with a filter, not each of its records.",
            )
        self.groups.append(Group([follower], cursor))
        self.wake()

    def leave(self, follower: Follower) -> bool:
        """Whether that was the last one."""
        for group in self.groups:
            if follower in group.followers:
                group.followers.remove(follower)
        self.groups = [group for group in self.groups if group.followers]
        if self.groups:
            return False
        self._close()
        return True

    def _close(self) -> None:
        self.is_closed = True
        if self._task is not None:
            self._task.cancel()

    async def _run(self) -> None:
        about.start(door="live", tenant=self.tenant.slug)
        pause, faults = 0.0, 0
        while True:
            if pause:
                await self._wait(pause)
            self._news.clear()
            try:
                pause, faults = await self._turn(), 0
            except Unavailable as error:
                log.warning("followers wait", error=str(error))
                pause = _OUTAGE
            except AtriumError as error:  # the tenant is suspended, or gone
                self._end_all(error)
                return
            except Exception as error:  # noqa: BLE001  # whoever follows must not be left without a word
                capture(error)
                pause, faults = _OUTAGE, faults + 1
                if faults >= _FAULTS:
                    self._end_all(error)
                    return

    async def _wait(self, pause: float) -> None:
        if pause < _LOOK:
            await asyncio.sleep(pause)
            return
        try:
            await asyncio.wait_for(self._news.wait(), pause)
        except TimeoutError:
            return

    async def _turn(self) -> float:
        """Look once and tell everybody concerned; how long to wait before the next look."""
        before = self._seen
        seen: Look = await self.in_thread(look, self.tenant, before.horizon if before else None)
        self._seen = seen
        rights_changed = before is not None and before.policy_version != seen.policy_version
        asking = [group for group in self.groups if group.wants(seen, rights_changed=rights_changed)]
        for group in self.groups:
            if group not in asking:
                group.reached = max(group.reached, seen.horizon)
        for group in asking:
            group.is_behind = True  # until it was read: a turn may be interrupted
        done = await asyncio.gather(*(self._read(group, seen.horizon) for group in asking), return_exceptions=True)
        self._merge()
        for failure in done:  # only now: the others have been told, and none of them is read beside the next turn
            if failure is not None:
                raise failure
        if any(group.is_behind for group in self.groups):
            return 0.0
        return self._pause(seen, before)

    def _pause(self, seen: Look, before: Look | None) -> float:
        """Soon where changes are held up, but less and less often while they stay so."""
        if not seen.is_held_up:
            self._held_up = _HELD_UP
            return _LOOK
        has_moved = before is None or before.horizon != seen.horizon
        self._held_up = _HELD_UP if has_moved else min(2 * self._held_up, _LOOK)
        return self._held_up

    async def _read(self, group: Group, until: int) -> None:
        try:
            async with self._turns:
                if not group.followers:  # they left since it was their turn
                    return
                asked = group.followers[0].asked
                turn: answer.Turn = await self.in_thread(answer.read, asked, group.cursor, until)
        except Unavailable:
            raise
        except Exception as error:  # noqa: BLE001  # of these followers only; others go on
            if not isinstance(error, AtriumError):
                capture(error)
            self._end(group, error)
            return
        group.cursor, group.is_behind = turn.cursor, turn.has_more
        group.reached = turn.reached
        if turn.answers:
            metrics.events_told(len(turn.answers) * len(group.followers))
        for follower in group.followers:
            follower.tell(turn.answers)

    def _merge(self) -> None:
        """Groups of one kind that have come to the same place are one from now on."""
        known: dict[Hashable, Group] = {}
        for group in self.groups:
            place = group.cursor if group.is_behind or not group.reached else group.reached
            first = known.setdefault((group.kind, place), group)
            if first is not group:
                first.followers += group.followers
                group.followers = []
        self.groups = [group for group in self.groups if group.followers]

    def _end(self, group: Group, error: Exception) -> None:
        for follower in group.followers:
            follower.end(error)
        group.is_behind = False
        self.groups = [each for each in self.groups if each is not group]

    def _end_all(self, error: Exception) -> None:
        self.is_closed = True
        for group in list(self.groups):
            self._end(group, error)
