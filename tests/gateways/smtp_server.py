"""A mail server of the tests: it speaks as much SMTP as a client needs, over TCP, STARTTLS or TLS."""

import base64
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


class SmtpServer(socketserver.ThreadingTCPServer):
    """What it received; `answers` are its answers to a command instead of the usual one."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, certificate: Path | None = None, *, tls_at_once: bool = False) -> None:
        super().__init__(("127.0.0.1", 0), _Talk)
        self.received: list[EmailMessage] = []
        self.envelopes: list[tuple[str, str]] = []
        self.logins: list[str] = []
        self.was_encrypted: list[bool] = []
        self.answers: dict[str, str] = {}
        self.tls_at_once = tls_at_once
        self.context: ssl.SSLContext | None = None
        if certificate is not None:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(certificate)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that breaks off is what some tests are about."""

    @property
    def port(self) -> int:
        return int(self.server_address[1])


class _Talk(socketserver.StreamRequestHandler):
    server: SmtpServer  # type: ignore[mutable-override]  # the library knows its servers by their base

    def setup(self) -> None:
        self.encrypted = False
        if self.server.tls_at_once and self.server.context:
            self.request = self.server.context.wrap_socket(self.request, server_side=True)
            self.encrypted = True
        super().setup()

    def handle(self) -> None:
        self._say("220 test")
        sender = recipient = ""
        while line := self.rfile.readline():
            text = line.decode().strip()
            verb = text.partition(" ")[0].upper()
            if verb in self.server.answers:
                self._say(self.server.answers[verb])
            elif verb == "EHLO":
                offered = ["AUTH PLAIN", "SMTPUTF8"]
                if self.server.context and not self.encrypted:
                    offered.append("STARTTLS")
                self._say("\r\n".join(["250-test", *(f"250-{each}" for each in offered), "250 8BITMIME"]))
            elif verb == "STARTTLS" and self.server.context:
                self._say("220 go on")
                self.request = self.server.context.wrap_socket(self.request, server_side=True)
                self.encrypted = True
                self.rfile, self.wfile = self.request.makefile("rb"), self.request.makefile("wb", buffering=0)
            elif verb == "AUTH":
                self.server.logins.append(base64.b64decode(text.split()[-1]).decode())
                self._say("235 welcome")
            elif verb == "MAIL":
                sender = text.partition("<")[2].partition(">")[0]
                self._say("250 ok")
            elif verb == "RCPT":
                recipient = text.partition("<")[2].partition(">")[0]
                self._say("250 ok")
            elif verb == "DATA":
                self._say("354 go on")
                self._receive(sender, recipient)
            elif verb == "QUIT":
                self._say("221 bye")
                return
            else:
                self._say("250 ok")

    def finish(self) -> None:
        super().finish()
        self.request.close()

    def _receive(self, sender: str, recipient: str) -> None:
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line.removeprefix(b"."))
        message: Any = message_from_bytes(b"".join(lines), policy=default)
        self.server.received.append(message)
        self.server.envelopes.append((sender, recipient))
        self.server.was_encrypted.append(self.encrypted)
        self._say("250 taken")

    def _say(self, text: str) -> None:
        self.wfile.write(text.encode() + b"\r\n")


@contextmanager
def smtp_server(certificate: Path | None = None, *, tls_at_once: bool = False) -> Iterator[SmtpServer]:
    """A running server."""
    with SmtpServer(certificate, tls_at_once=tls_at_once) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def self_signed(file: Path) -> Path:
    """A certificate for `localhost` with its key, in one file, that vouches for itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    moment = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(moment - timedelta(days=1))
        .not_valid_after(moment + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM) + pem)
    return file
