"""The statements that a connection keeps prepared: those asked last, so that its backend does not grow for ever."""

from collections import OrderedDict
from math import inf

from saas.tenants.reader_statement import Statement

MOST = 200  # at about 100 KB each in the backend
QUICK = 0.005  # seconds; what takes less may have others sent behind it
_FADES = 0.9  # how much a run counts when there was one more

Key = tuple[Statement, str]  # the same statement is another one in each schema


class Ready:
    """A statement that is prepared, and how long it takes: its slowest run, which counts less with each later one."""

    __slots__ = ("name", "slowest")

    def __init__(self, name: bytes) -> None:
        self.name = name
        self.slowest = inf  # nobody knows yet

    @property
    def is_quick(self) -> bool:
        return self.slowest < QUICK

    def took(self, seconds: float) -> None:
        fading = self.slowest * _FADES
        self.slowest = seconds if fading == inf or seconds > fading else fading


class Prepared:
    """The statements that are prepared, the one asked longest ago first."""

    def __init__(self) -> None:
        self._known: OrderedDict[Key, Ready] = OrderedDict()
        self._outdated: list[bytes] = []
        self._given = 0

    def find(self, key: Key) -> Ready | None:
        """A statement that is prepared, which is now the one asked last."""
        ready = self._known.get(key)
        if ready is not None:
            self._known.move_to_end(key)
        return ready

    def is_quick(self, key: Key) -> bool:
        """Whether the statement is prepared, and took no time worth mentioning."""
        ready = self._known.get(key)
        return ready is not None and ready.is_quick

    def new(self) -> Ready:
        self._given += 1
        return Ready(b"s%d" % self._given)

    def keep(self, key: Key, ready: Ready) -> None:
        self._known[key] = ready

    def forget(self, key: Key) -> None:
        """The statement cannot be used as it is: it will be closed, and prepared anew when it is asked again."""
        ready = self._known.pop(key, None)  # None: somebody before it in the same connection has said so
        if ready is not None:
            self._outdated.append(ready.name)

    def take_outdated(self) -> list[bytes]:
        """What is to be closed before one more is prepared."""
        while len(self._known) >= MOST:
            self._outdated.append(self._known.popitem(last=False)[1].name)
        outdated, self._outdated = self._outdated, []
        return outdated
