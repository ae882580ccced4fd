"""A pool of connections that can be closed while some of them are at work."""

from typing import Any, Self

from sqlalchemy.pool import ConnectionPoolEntry, QueuePool


class ClosingPool(QueuePool):
    """As SQLAlchemy's own, which keeps what is given back to it after its end: here that is closed at once.

    So whoever was still reading when this process let go of its connections leaves none of them open.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._ended = False

    def dispose(self) -> None:
        """Close what lies here, and from now on whatever comes back."""
        self._ended = True
        super().dispose()

    def recreate(self) -> Self:
        """The pool that SQLAlchemy puts in the place of this one has ended with it."""
        pool: Self = super().recreate()  # type: ignore[assignment]  # it makes one of our class and says QueuePool
        pool._ended = self._ended
        return pool

    def _do_return_conn(self, record: ConnectionPoolEntry) -> None:
        super()._do_return_conn(record)
        if self._ended:  # asked after it was put back: it may have ended meanwhile
            super().dispose()
