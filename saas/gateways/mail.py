"""Mail: over SMTP where a server is set; in the demo and in tests kept where `/mailbox` shows them."""

import json
import smtplib
import ssl
from dataclasses import asdict, dataclass
from datetime import datetime
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from typing import Protocol
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from saas.kit import trace
from saas.kit.clock import now
from saas.kit.errors import BadConfig, BadInput, Unavailable
from saas.kit.settings import settings

RECORDED_IN = ("demo", "test")  # environments in which mails are shown rather than sent
_PATIENCE = 20  # seconds for each answer of the server
_BOX, _MOST_KEPT = "atrium:mailbox", 500
_FORMS = "smtps://user:password@host:465, or smtp://host:587"


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail to one address. `message_id` is the same each time that the same mail is tried again."""

    to: str
    subject: str
    text: str
    html: str | None = None
    message_id: str = ""


class Mailer(Protocol):
    """Sends mail."""

    def send(self, mail: Mail) -> None:
        """Hand it over; Unavailable where that may work later, BadInput where it never will."""


class SmtpMailer:
    """A mail server: `smtps://` speaks TLS from the first byte, `smtp://` after STARTTLS, which the server must offer.

    `smtp://host:1025?starttls=never` is for a catcher of mails on one's own network.
    """

    def __init__(self, url: str, sender: str) -> None:
        self._sender = sender
        self._url = _checked(url)

    def send(self, mail: Mail) -> None:
        message = composed(mail, self._sender)
        try:
            host = self._url.hostname or ""
            with trace.span("mail", trace.Kind.CLIENT, server__address=host), self._connected() as server:
                server.send_message(message)
        except smtplib.SMTPRecipientsRefused as error:
            codes = {code for code, _ in error.recipients.values()}
            if codes and min(codes) < 500:
                raise _later(f"the server put the recipient off ({min(codes)})") from error
            raise BadInput(f"The mail server refuses the recipient ({min(codes, default=550)}).") from error
        except smtplib.SMTPNotSupportedError as error:
            raise BadInput("The mail server cannot send to this address, or offers no STARTTLS.") from error
        except smtplib.SMTPResponseException as error:
            if error.smtp_code >= 500 and not isinstance(error, smtplib.SMTPAuthenticationError):
                raise BadInput(f"The mail server refuses the mail ({error.smtp_code}).") from error
            raise _later(f"it answered {error.smtp_code}") from error
        except (smtplib.SMTPException, OSError) as error:
            raise _later(type(error).__name__) from error

    def _connected(self) -> smtplib.SMTP:
        url, context = self._url, ssl.create_default_context()
        host = url.hostname or ""
        if url.scheme == "smtps":
            server: smtplib.SMTP = smtplib.SMTP_SSL(host, url.port or 465, timeout=_PATIENCE, context=context)
        else:
            server = smtplib.SMTP(host, url.port or 25, timeout=_PATIENCE)
        try:
            if url.scheme == "smtp" and not _is_plain(url):
                server.starttls(context=context)
            if url.username:
                server.login(unquote(url.username), unquote(url.password or ""))
        except BaseException:
            server.close()
            raise
        return server


class NullMailer:
    """Sends nothing: mails are kept in Redis, the last few hundred, for whoever tries Atrium out."""

    def __init__(self, sender: str) -> None:
        self._sender = sender

    def send(self, mail: Mail) -> None:
        composed(mail, self._sender)  # what could not be sent is refused here too
        kept = {**asdict(mail), "from": self._sender, "sent_at": now().isoformat()}
        try:
            with trace.span("mail", trace.Kind.CLIENT):
                box = _redis()
                box.rpush(_BOX, json.dumps(kept, ensure_ascii=False))
                box.ltrim(_BOX, -_MOST_KEPT, -1)
        except (redis.RedisError, OSError) as error:
            raise _later("Redis does not answer") from error


class NoMailer:
    """There is no server, and nobody to show mails to: they wait until one is set."""

    def send(self, mail: Mail) -> None:
        composed(mail, settings().mail_from)
        raise Unavailable("There is no mail server, so the mail waits.", remedy="Set SAAS_SMTP_URL.")


def mailer() -> Mailer:
    """Who sends mail, as the settings say."""
    url = settings().smtp_url
    if url is not None:
        return SmtpMailer(url.get_secret_value(), settings().mail_from)
    return NullMailer(settings().mail_from) if is_recorded() else NoMailer()


def is_recorded() -> bool:
    """Whether mails are kept for `/mailbox` instead of being sent."""
    return settings().smtp_url is None and settings().environment in RECORDED_IN


def recorded() -> list[dict[str, str | None]]:
    """The mails that were kept, the oldest first; Unavailable where Redis does not answer."""
    try:
        kept = _redis().lrange(_BOX, 0, -1)
    except (redis.RedisError, OSError) as error:
        raise Unavailable("Redis does not answer.", remedy="Check SAAS_REDIS_URL.") from error
    return [json.loads(one) for one in kept]


def composed(mail: Mail, sender: str, at: datetime | None = None) -> EmailMessage:
    """The mail as it is sent; BadInput where something in it would become a header of its own, or is no address."""
    for what in (mail.to, mail.subject, mail.message_id, sender):
        if any(ord(char) < 32 or ord(char) == 127 for char in what):
            raise BadInput("A mail's address and subject are one line each.")
    message = EmailMessage(policy=SMTP)
    name, address = parseaddr(sender)
    message["From"] = _address(address, name)
    message["To"] = _address(mail.to)
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(at or now())
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's holiday answers it
    if mail.message_id:
        message["Message-ID"] = f"<{mail.message_id}@{address.rpartition('@')[2]}>"
    message.set_content(mail.text)
    if mail.html is not None:
        message.add_alternative(mail.html, subtype="html")
    return message


def _address(given: str, name: str = "") -> Address:
    local, _, domain = given.rpartition("@")
    if not local or not domain or any(sign in given for sign in ' ,;<>"') or "@" in local:
        raise _no_address()
    try:
        # A domain in other letters is sent as the name system knows it.
        return Address(name, local, domain.encode("idna").decode())
    except (ValueError, HeaderParseError, IndexError):
        raise _no_address() from None


def _no_address() -> BadInput:
    return BadInput("The address is none that mail can be sent to.")


def _checked(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        if parts.scheme in ("smtp", "smtps") and parts.hostname and parts.port != 0:
            return parts
    except ValueError:  # of the port
        pass
    raise BadConfig("SAAS_SMTP_URL is no address of a mail server.", remedy=f"Write {_FORMS}.")


def _is_plain(url: SplitResult) -> bool:
    return parse_qs(url.query).get("starttls") == ["never"]


def _redis() -> "redis.Redis":
    return redis.Redis.from_url(
        settings().redis_url,
        socket_connect_timeout=1,
        socket_timeout=1,
        retry=Retry(NoBackoff(), 0),
        decode_responses=True,
    )


def _later(reason: str) -> Unavailable:
    return Unavailable(f"The mail cannot be sent now: {reason}.", remedy="Check SAAS_SMTP_URL; it is tried again.")
