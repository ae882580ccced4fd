"""What mails about sign-in say, in English and Chinese: plain text, and the same as simple HTML."""

from dataclasses import dataclass
from html import escape

LANGUAGES = ("en", "zh")


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail's subject and paragraphs in one language; `button` is what stands on its link, where it has one."""

    subject: str
    paragraphs: tuple[str, ...]
    button: str = ""
    after: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Written:
    """A letter with everything filled in."""

    subject: str
    text: str
    html: str


_LETTERS: dict[str, tuple[Letter, Letter]] = {
    "invitation": (
        Letter(
            "{inviter} invites you to {company}",
            ("{inviter} invites you to work with {company} in Atrium.", "Open this page to accept:"),
            "Accept the invitation",
            ("The link works once, until {until}. If you expected no invitation, do nothing.",),
        ),
        Letter(
            "{inviter} 邀请您加入{company}",
            ("{inviter} 邀请您在 Atrium 中加入{company}。", "请打开以下页面接受邀请："),
            "接受邀请",
            ("该链接只能使用一次，有效期至 {until}。如果您并未预期收到此邀请，请忽略本邮件。",),
        ),
    ),
    "password_link": (
        Letter(
            "Choose a new password",
            ("Somebody, hopefully you, forgot the password of {email} in Atrium.", "Open this page to choose another:"),
            "Choose a new password",
            (
                "The link works once, until {until}. If it was not you, do nothing: your password stays.",
                "We never ask for your password by mail or telephone.",
            ),
        ),
        Letter(
            "设置新密码",
            ("有人（应该是您本人）忘记了 {email} 在 Atrium 的密码。", "请打开以下页面设置新密码："),
            "设置新密码",
            (
                "该链接只能使用一次，有效期至 {until}。如果不是您本人操作，请忽略本邮件，密码不会改变。",
                "我们绝不会通过邮件或电话询问您的密码。",
            ),
        ),
    ),
    "password_changed": (
        Letter(
            "Your password was changed",
            (
                "The password of {email} in Atrium was changed on {until}. Whatever else was signed in has ended.",
                "If it was not you, choose a new one at once, and tell your administrator:",
            ),
            "I did not do this",
        ),
        Letter(
            "您的密码已更改",
            (
                "{email} 在 Atrium 的密码已于 {until} 更改，其他设备均已退出登录。",
                "如果不是您本人操作，请立即重新设置密码，并告知管理员：",
            ),
            "不是我操作的",
        ),
    ),
    "second_factor_on": (
        Letter(
            "A second factor was set up",
            (
                "Since {until} signing in as {email} asks for a code of an app, besides the password.",
                "If it was not you, choose a new password at once, and tell your administrator:",
            ),
            "I did not do this",
        ),
        Letter(
            "两步验证已启用",
            (
                "自 {until} 起，以 {email} 登录 Atrium 除密码外还需要验证器应用中的验证码。",
                "如果不是您本人操作，请立即重新设置密码，并告知管理员：",
            ),
            "不是我操作的",
        ),
    ),
    "second_factor_off": (
        Letter(
            "Your second factor was turned off",
            (
                "Since {until} signing in as {email} asks for the password alone.",
                "If it was not you, choose a new password at once, and tell your administrator:",
            ),
            "I did not do this",
        ),
        Letter(
            "两步验证已停用",
            (
                "自 {until} 起，以 {email} 登录 Atrium 只需要密码。",
                "如果不是您本人操作，请立即重新设置密码，并告知管理员：",
            ),
            "不是我操作的",
        ),
    ),
}  # fmt: skip


def written(kind: str, language: str, url: str, **values: str) -> Written:
    """The letter of this kind; `values` may be anything that people called themselves, and become no markup."""
    return filled(_LETTERS[kind], language, url, **values)


def filled(letters: tuple[Letter, Letter], language: str, url: str = "", **values: str) -> Written:
    """The same of a letter in English and Chinese; without an address there is nothing to press."""
    letter = letters[LANGUAGES.index(language) if language in LANGUAGES else 0]
    told = {name: " ".join(value.split()) for name, value in values.items()}
    before, after = ([each.format(**told) for each in part] for part in (letter.paragraphs, letter.after))
    text = "\n\n".join([*before, *([url] if url else []), *after]) + "\n"
    return Written(letter.subject.format(**told), text, _html(language, before, (letter.button, url), after))


def _html(language: str, before: list[str], link: tuple[str, str], after: list[str]) -> str:
    label, url = map(escape, link)
    button = (
        f'<p><a href="{url}" style="display:inline-block;padding:12px 20px;border-radius:8px;background:#0f6b63;'
        f'color:#ffffff;text-decoration:none;font-weight:600">{label}</a></p>'
        f'<p style="color:#63605a;font-size:13px;word-break:break-all">{url}</p>'
    )
    first, last = ([f"<p>{escape(each)}</p>" for each in part] for part in (before, after))
    paragraphs = [*first, *([button] if url else []), *last]
    return (
        f'<!doctype html><html lang="{"zh-CN" if language == "zh" else "en"}"><head><meta charset="utf-8"></head>'
        '<body style="font-family:system-ui,sans-serif;font-size:16px;line-height:1.5;color:#22262e;max-width:34em">'
        + "".join(paragraphs)
        + "</body></html>"
    )
