"""What two records of the same thing have in common, however it was written: names, numbers and domains as keys."""

import re
from functools import lru_cache

from saas.engine.field import DuplicateKind
from saas.kit.text import fold, normal

# Longest first: 股份有限公司 ends with 有限公司.
_HAN_FORMS = ("有限责任公司", "股份有限公司", "集团有限公司", "有限公司", "集团公司", "分公司", "集团", "股份", "公司")
_LATIN_FORMS = frozenset(
    {
        *("ab", "ag", "aps", "as", "bhd", "bv", "co", "company", "corp", "corporation", "gmbh", "inc", "incorporated"),
        *("kg", "kk", "limited", "llc", "llp", "lp", "ltd", "mbh", "nv", "ohg", "oy", "oyj", "plc", "pte", "pty"),
        *("sa", "sarl", "sas", "sdn", "se", "spa", "srl", "ug"),
    }
)
_FREE_MAIL = frozenset(
    {
        *("126.com", "139.com", "163.com", "aliyun.com", "aol.com", "foxmail.com", "gmail.com", "gmx.de", "gmx.net"),
        *("googlemail.com", "hotmail.com", "icloud.com", "live.com", "mail.ru", "mail.com", "me.com", "msn.com"),
        *("outlook.com", "proton.me", "protonmail.com", "qq.com", "sina.cn", "sina.com", "sohu.com", "t-online.de"),
        *("vip.qq.com", "web.de", "yahoo.co.jp", "yahoo.com", "yandex.ru", "yeah.net"),
    }
)
_EXTENSION = re.compile(r"(?:ext|x|#|,|;|转|分机).*", re.IGNORECASE)
_MOBILE = re.compile(r"(?:0*86)?(1[3-9]\d{9})")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_WORD = re.compile(r"[^\W_]+")  # letters and numbers of any script


@lru_cache(maxsize=4096)  # one write asks it for what is kept and for who shares it
def duplicate_key(kind: DuplicateKind, value: str | None) -> str | None:
    """The key of a value, None where it tells too little: equal keys are worth a look."""
    return _KEYS[kind](value) if value else None


def _name(value: str) -> str | None:
    words = _words(fold(value).replace(".", ""))
    while len(words) > 1 and words[-1] in _LATIN_FORMS:
        words.pop()
    key = "".join(words) if any(_HAN.search(word) for word in words) else " ".join(words)
    form = next((form for form in _HAN_FORMS if key.endswith(form) and len(key) > len(form) + 1), None)
    while form is not None:
        key = key.removesuffix(form)
        form = next((form for form in _HAN_FORMS if key.endswith(form) and len(key) > len(form) + 1), None)
    return key if len(key) > 1 else None


def _words(text: str) -> list[str]:
    """The words without any sign between them, and without the word that & stands for."""
    plain = text.replace("'", "").replace("’", "")
    return [word for word in _WORD.findall(plain) if word not in ("and", "und", "et")]


def _phone(value: str) -> str | None:
    digits = re.sub(r"\D", "", _EXTENSION.sub("", normal("NFKC", value)))
    mobile = _MOBILE.fullmatch(digits)
    if mobile:
        return mobile[1]
    return digits[-8:] if len(digits) >= 8 else digits.lstrip("0") if len(digits) >= 5 else None


def _tax_number(value: str) -> str | None:
    key = "".join(char for char in normal("NFKC", value).upper() if char.isalnum())
    return key if len(key) >= 5 else None


def _mail_domain(value: str) -> str | None:
    domain = value.rpartition("@")[2].strip(" .").casefold()
    return None if domain in _FREE_MAIL or "." not in domain else domain


_KEYS = {
    DuplicateKind.NAME: _name,
    DuplicateKind.PHONE: _phone,
    DuplicateKind.TAX_NUMBER: _tax_number,
    DuplicateKind.MAIL_DOMAIN: _mail_domain,
}
