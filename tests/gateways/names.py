"""A name server on this machine, of which a test says what it knows."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import dns.flags
import dns.message
import dns.rcode
import dns.rrset


class Names:
    """What it knows, by name, and what it was asked."""

    def __init__(self) -> None:
        self.texts: dict[str, list[str]] = {}
        self.asked: list[str] = []
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.place = f"127.0.0.1:{self._socket.getsockname()[1]}"

    def serve(self) -> None:
        """Until it is told nothing."""
        while True:
            heard, asker = self._socket.recvfrom(4096)
            if not heard:
                self._socket.close()
                return
            self._socket.sendto(self._answer(heard), asker)

    def stop(self) -> None:
        self._socket.sendto(b"", self._socket.getsockname())

    def _answer(self, heard: bytes) -> bytes:
        question = dns.message.from_wire(heard)
        name = question.question[0].name.to_text(omit_final_dot=True)
        self.asked.append(name)
        answer = dns.message.make_response(question)
        answer.flags |= dns.flags.RA
        if name in self.texts:
            quoted = [f'"{each}"' for each in self.texts[name]]
            answer.answer.append(dns.rrset.from_text(question.question[0].name, 60, "IN", "TXT", *quoted))
        else:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        return answer.to_wire()


@contextmanager
def name_server() -> Iterator[Names]:
    """Inside, it answers at its `place`."""
    names = Names()
    thread = threading.Thread(target=names.serve, daemon=True)
    thread.start()
    try:
        yield names
    finally:
        names.stop()
        thread.join()
