"""The mailbox shows what a demo would have sent, and is nowhere else."""

import pytest

from saas.gateways.mail import Mail, mailer
from tests.tenants.place import with_settings
from tests.web.conftest import Door


def test_what_was_recorded_is_shown(door: Door) -> None:
    mailer().send(Mail("a@b.example", "主题", "text", "<p>text</p>", "m-1"))
    answer = door("GET", "/mailbox")
    assert answer.status_code == 200
    last = answer.json()[-1]
    assert last.pop("sentAt")
    assert last == {
        "to": "a@b.example",
        "subject": "主题",
        "text": "text",
        "html": "<p>text</p>",
        "messageId": "m-1",
        "from": "Atrium <no-reply@localhost>",
    }


@pytest.mark.parametrize("settings", [{"SAAS_ENVIRONMENT": "production"}, {"SAAS_SMTP_URL": "smtp://mail.example"}])
def test_there_is_none_where_mails_are_sent(door: Door, settings: dict[str, str]) -> None:
    with with_settings(**settings):
        assert door("GET", "/mailbox").status_code == 404
