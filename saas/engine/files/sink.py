"""Where a file that is being written goes: to the store, piece by piece, measured on the way."""

import hashlib

from saas.gateways.files import PIECE, Incoming


class Sink:
    """Size and checksum of what was written; no more than a piece is ever in memory."""

    def __init__(self, incoming: Incoming) -> None:
        self._incoming = incoming
        self._digest = hashlib.sha256()
        self._waiting = bytearray()
        self._is_given_up = False
        self.size = 0

    def write(self, piece: bytes) -> int:
        if self.hold(piece):
            self.flush()
        return len(piece)

    def hold(self, piece: bytes) -> bool:
        """Take a piece, without waiting for the store; whether it is time to flush."""
        self._waiting += piece
        return len(self._waiting) >= PIECE

    def flush(self) -> None:
        """Hand over what waits. Unavailable where there is no room."""
        piece = bytes(self._waiting)
        self._waiting.clear()
        self._digest.update(piece)
        self.size += len(piece)
        if piece and not self._is_given_up:
            self._incoming.write(piece)

    def give_up(self) -> None:
        """Let go of what is still written: nobody will keep it."""
        self._is_given_up = True

    def keep(self, key: str) -> None:
        """Have the store keep the whole. Unavailable where it does not take it."""
        self.flush()
        self._incoming.keep(key)

    @property
    def checksum(self) -> str:
        return self._digest.hexdigest()
