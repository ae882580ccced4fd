"""The live connections of one event loop: how many there may be, of whom, and how all are asked to end."""

import asyncio
import ipaddress
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from weakref import WeakKeyDictionary

from saas.kit.errors import RateLimited, Unavailable
from saas.kit.settings import settings
from saas.tenants.sign_in import Caller

MOST_WAITING = 100  # connections from one network address that have not told yet whose they are
WAITING_SHARE = 5  # all of them together: a fifth of as many as there may be of those who have told
_IPV6_HOST = 64  # bits of an address that whoever has the network may choose


class TooManyConnections(RateLimited):
    """There are as many live connections as there may be, of one person, of one tenant, or in this process."""

    def __init__(self, whose: str, most: int) -> None:
        super().__init__(
            f"{whose} has {most:,} live connections, which is the most.",
            remedy="Close one; over one websocket many subscriptions are followed at once.",
        )


class Place:
    """The place of one live connection; `leave` is called when this server is about to end."""

    def __init__(self, counts: Counter[str], leave: Callable[[], None]) -> None:
        self._counts = counts
        self._keys: list[str] = []
        self.leave = leave

    def enter(self, waiting_at: str | None = None) -> None:
        """Take a place in the process; where it is not known yet who it is, of those who wait at their network address.

        Who waits takes nothing from those who are known. TooManyConnections where there is none.
        """
        if waiting_at is None:
            self._take("This server", "process", settings().live_connections)
        else:
            self._take("This server", "waiting", max(1, settings().live_connections // WAITING_SHARE))
            self._take("This network address", f"waiting:{_network(waiting_at)}", MOST_WAITING)

    def settle(self, caller: Caller) -> None:
        """It is known who it is; TooManyConnections where they, or their tenant, have too many."""
        if "process" not in self._keys:
            self.give_back()
            self._take("This server", "process", settings().live_connections)
        tenant = caller.tenant.id
        self._take("This tenant", f"tenant:{tenant}", settings().tenant_live_connections)
        self._take("This person", f"person:{tenant}:{caller.principal_id}", settings().person_live_connections)

    def give_back(self) -> None:
        for key in self._keys:
            self._counts[key] -= 1
            if not self._counts[key]:
                del self._counts[key]
        self._keys.clear()

    def _take(self, whose: str, key: str, most: int) -> None:
        if self._counts[key] >= most:
            raise TooManyConnections(whose, most)
        self._counts[key] += 1
        self._keys.append(key)


class Places:
    """All of one event loop."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._open: set[Place] = set()
        self.is_leaving = False

    @contextmanager
    def place(self, leave: Callable[[], None]) -> Iterator[Place]:
        """A place for as long as the connection lasts; Unavailable where this server is about to end."""
        if self.is_leaving:
            raise Unavailable("This server is about to end.", remedy="Connect again, which leads to another one.")
        made = Place(self._counts, leave)
        self._open.add(made)
        try:
            yield made
        finally:
            made.give_back()
            self._open.discard(made)

    async def end_all(self, seconds: float) -> None:
        """Ask every connection to end, and wait for that, so long at most; none begins any more."""
        self.is_leaving = True
        for each in tuple(self._open):
            each.leave()
        until = asyncio.get_running_loop().time() + seconds
        while self._open and asyncio.get_running_loop().time() < until:
            await asyncio.sleep(0.02)


def _network(address: str) -> str:
    """Whose address it is: of IPv6 the network, as each customer of a provider has endless addresses in one."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if not isinstance(found, ipaddress.IPv6Address):
        return address
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return f"{int(found) >> _IPV6_HOST:x}/64"


_of_loop: WeakKeyDictionary[asyncio.AbstractEventLoop, Places] = WeakKeyDictionary()


def places() -> Places:
    """Those of the running event loop, which is one for each process."""
    loop = asyncio.get_running_loop()
    found = _of_loop.get(loop)
    if found is None:
        found = _of_loop[loop] = Places()
    return found
