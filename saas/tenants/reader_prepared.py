"""The statements that a connection keeps prepared: those asked last, so that its backend does not grow for ever."""

from collections import OrderedDict

from saas.tenants.reader_statement import Statement

MOST = 200  # at about 100 KB each in the backend

Key = tuple[Statement, str]  # the same statement is another one in each schema


class Prepared:
    """Names of prepared statements, the one asked longest ago first."""

    def __init__(self) -> None:
        self._names: OrderedDict[Key, bytes] = OrderedDict()
        self._outdated: list[bytes] = []
        self._given = 0

    def find(self, key: Key) -> bytes | None:
        """The name of a statement that is prepared, which is now the one asked last."""
        name = self._names.get(key)
        if name is not None:
            self._names.move_to_end(key)
        return name

    def new_name(self) -> bytes:
        self._given += 1
        return b"s%d" % self._given

    def keep(self, key: Key, name: bytes) -> None:
        self._names[key] = name

    def forget(self, key: Key) -> None:
        """The statement cannot be used as it is: it will be closed, and prepared anew when it is asked again."""
        self._outdated.append(self._names.pop(key))

    def take_outdated(self) -> list[bytes]:
        """What is to be closed before one more is prepared."""
        while len(self._names) >= MOST:
            self._outdated.append(self._names.popitem(last=False)[1])
        outdated, self._outdated = self._outdated, []
        return outdated
