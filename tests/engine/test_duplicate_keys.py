"""Two spellings of the same have one key, two different things have two."""

import pytest

from saas.engine.duplicate_keys import duplicate_key
from saas.engine.field import DuplicateKind

NAME, PHONE = DuplicateKind.NAME, DuplicateKind.PHONE
TAX, MAIL = DuplicateKind.TAX_NUMBER, DuplicateKind.MAIL_DOMAIN


@pytest.mark.parametrize(
    ("kind", "key", "spellings"),
    [
        (NAME, "bright bikes", ("Bright Bikes", "BRIGHT BIKES Ltd.", "Bright-Bikes Co., Ltd", "bright bikes, Inc.")),
        (NAME, "muller sohne", ("Müller & Söhne GmbH & Co. KG", "Muller und Sohne", "MÜLLER SÖHNE G.m.b.H.")),
        (NAME, "oreilly", ("O'Reilly, LLC", "O’Reilly S.p.A.")),
        (NAME, "华为技术", ("华为技术有限公司", "华为技术", "华为 技术（集团）股份有限公司", "华为技术集团有限公司")),
        (NAME, "company", ("Company", "Company Ltd", "Co. Company Inc")[:2]),
        (NAME, "3m", ("3M", "3M Company")),
        (NAME, None, ("", "A", "?!", None)),
        (PHONE, "13800138000", ("13800138000", "+86 138-0013-8000", "0086 (138) 0013 8000", "１３８００１３８０００")),
        (PHONE, "01234567", ("+49 (30) 1234567", "030 1234567", "030/123 45 67 ext 12", "030-1234567转8")),
        (PHONE, "12345", ("12345", "012345")),
        (PHONE, None, ("110", "", None)),
        (TAX, "91310000MA1FL0AB1X", ("91310000MA1FL0AB1X", "9131 0000 ma1f l0ab 1x", "91310000-MA1FL0AB-1X")),
        (TAX, None, ("12", "")),
        (MAIL, "bikes.example", ("info@bikes.example", "Jo@BIKES.example")),
        (MAIL, None, ("jo@gmail.com", "jo@QQ.com", "jo@163.com", "no mail", "")),
    ],
)
def test_spellings(kind: DuplicateKind, key: str | None, spellings: tuple[str | None, ...]) -> None:
    assert [duplicate_key(kind, each) for each in spellings] == [key] * len(spellings)


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        (NAME, "Bright Bikes", "Bright Boats"),
        (NAME, "北京华为有限公司", "上海华为有限公司"),
        (NAME, "公司", "集团"),
        (PHONE, "13800138000", "13900138000"),
        (PHONE, "+49 30 1234567", "+49 30 1234568"),
        (MAIL, "a@one.example", "a@two.example"),
    ],
)
def test_different_things(kind: DuplicateKind, one: str, other: str) -> None:
    assert duplicate_key(kind, one) != duplicate_key(kind, other)
