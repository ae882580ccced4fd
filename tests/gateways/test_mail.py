"""Mail goes out over SMTP as it is meant, never in clear by accident, and never with a header that nobody wrote."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from saas.gateways.mail import Mail, NoMailer, NullMailer, SmtpMailer, composed, mailer, recorded
from saas.kit.errors import BadConfig, BadInput, Unavailable
from tests.gateways.smtp_server import SmtpServer, self_signed, smtp_server
from tests.tenants.place import with_settings

SENDER = "Atrium 云 <no-reply@atrium.example>"
MAIL = Mail("wang@acme.example", "您被邀请加入 Müller & 云帆", "你好\nzweite Zeile\n.", "<p>你好</p>", "job-1")


@pytest.fixture
def certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A certificate of the server that clients believe."""
    made = self_signed(tmp_path / "server.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(made))
    return made


@pytest.fixture
def plain() -> Iterator[SmtpServer]:
    with smtp_server() as server:
        yield server


def test_subject_and_texts_arrive_as_written(plain: SmtpServer) -> None:
    SmtpMailer(f"smtp://localhost:{plain.port}?starttls=never", SENDER).send(MAIL)
    (got,) = plain.received
    assert (got["subject"], got["to"], got["from"]) == (MAIL.subject, MAIL.to, SENDER)
    assert (got["message-id"], got["auto-submitted"]) == ("<job-1@atrium.example>", "auto-generated")
    text, html = got.get_body(("plain",)), got.get_body(("html",))
    assert text is not None
    assert html is not None
    assert text.get_content().replace("\r\n", "\n").rstrip("\n") == MAIL.text.rstrip("\n")
    assert html.get_content().strip() == MAIL.html
    assert plain.envelopes == [("no-reply@atrium.example", MAIL.to)]


def test_a_password_goes_over_tls_only(certificate: Path) -> None:
    with smtp_server(certificate) as server:
        SmtpMailer(f"smtp://me%40x:pass%2Fword@localhost:{server.port}", SENDER).send(MAIL)
    with smtp_server(certificate, tls_at_once=True) as other:
        SmtpMailer(f"smtps://me%40x:pass%2Fword@localhost:{other.port}", SENDER).send(MAIL)
    for one in (server, other):
        assert (one.was_encrypted, one.logins, len(one.received)) == ([True], ["\0me@x\0pass/word"], 1)


def test_without_starttls_nothing_is_said(plain: SmtpServer) -> None:
    with pytest.raises(BadInput, match="STARTTLS"):
        SmtpMailer(f"smtp://me:secret@localhost:{plain.port}", SENDER).send(MAIL)
    assert (plain.logins, plain.received) == ([], [])


def test_a_server_that_nobody_vouches_for_gets_nothing(tmp_path: Path) -> None:
    with smtp_server(self_signed(tmp_path / "other.pem"), tls_at_once=True) as server:
        with pytest.raises(Unavailable):
            SmtpMailer(f"smtps://me:secret@localhost:{server.port}", SENDER).send(MAIL)
        assert (server.logins, server.received) == ([], [])


@pytest.mark.parametrize(
    ("verb", "answer", "error"),
    [
        ("RCPT", "550 nobody", BadInput),
        ("RCPT", "451 later", Unavailable),
        ("MAIL", "421 busy", Unavailable),
        ("DATA", "554 spam", BadInput),
    ],
)
def test_what_is_put_off_is_tried_again_and_what_is_refused_is_not(
    plain: SmtpServer, verb: str, answer: str, error: type[Exception]
) -> None:
    plain.answers[verb] = answer
    with pytest.raises(error):
        SmtpMailer(f"smtp://localhost:{plain.port}?starttls=never", SENDER).send(MAIL)
    assert plain.received == []


def test_a_server_that_is_away_is_tried_again() -> None:
    with pytest.raises(Unavailable, match="tried again"):
        SmtpMailer("smtp://localhost:1?starttls=never", SENDER).send(MAIL)


@pytest.mark.parametrize(
    "mail",
    [
        Mail("a@b.example\r\nBcc: c@d.example", "s", "t"),
        Mail("a@b.example", "s\nBcc: c@d.example", "t"),
        Mail("a@b.example", "s\r", "t"),
        Mail("a@b.example", "s", "t", message_id="x>\r\nBcc: c@d.example"),
        Mail("a@b.example, c@d.example", "s", "t"),
        Mail("nobody", "s", "t"),
        Mail("", "s", "t"),
    ],
)
def test_nothing_becomes_a_header_or_an_address_of_its_own(mail: Mail) -> None:
    with pytest.raises(BadInput):
        composed(mail, SENDER)


def test_a_domain_in_other_letters_is_written_as_the_name_system_knows_it() -> None:
    assert composed(Mail("li@例子.example", "s", "t"), SENDER)["to"] == "li@xn--fsqu00a.example"


@pytest.mark.parametrize("url", ["http://host", "smtp://", "host:25", "smtp://host:99999"])
def test_a_wrong_address_of_a_server_is_told_to_the_operator(url: str) -> None:
    with pytest.raises(BadConfig, match="SAAS_SMTP_URL"):
        SmtpMailer(url, SENDER)


def test_the_settings_choose(plain: SmtpServer) -> None:
    assert isinstance(mailer(), NullMailer)
    with with_settings(SAAS_SMTP_URL=f"smtp://localhost:{plain.port}?starttls=never"):
        mailer().send(MAIL)
    assert len(plain.received) == 1
    with with_settings(SAAS_ENVIRONMENT="production"):
        assert isinstance(mailer(), NoMailer)
        with pytest.raises(Unavailable, match="SAAS_SMTP_URL"):
            mailer().send(MAIL)


def test_what_is_not_sent_is_kept() -> None:
    before = len(recorded())
    mailer().send(MAIL)
    with pytest.raises(BadInput):
        mailer().send(Mail("nobody", "s", "t"))
    kept = recorded()
    assert len(kept) == before + 1
    assert (kept[-1]["to"], kept[-1]["subject"], kept[-1]["text"]) == (MAIL.to, MAIL.subject, MAIL.text)
