"""Why a sign-in is refused although nothing of it was wrong yet, each with a code of its own."""

from saas.kit.errors import Unauthenticated
from saas.kit.settings import settings


def _page(path: str) -> str:
    return settings().public_url + path


class CaptchaRequired(Unauthenticated):
    """The letters of a picture are asked for; only the page shows one."""

    code = "CAPTCHA_REQUIRED"

    def __init__(self) -> None:
        super().__init__(
            "The letters of a picture are asked for before a password is looked at.",
            remedy=f"Sign in at {_page('/account/sign-in')}; after failures it also helps to wait 15 minutes.",
        )


class SsoRequired(Unauthenticated):
    """No password is taken: one signs in through the tenant's own identity provider."""

    code = "SSO_REQUIRED"

    def __init__(self) -> None:
        super().__init__(
            "This company takes no passwords: it signs its people in through a provider of its own.",
            remedy=f"Sign in through your company at {_page('/account/sign-in')}.",
        )


class SecondFactorRequired(Unauthenticated):
    """The password is right and not enough."""

    code = "SECOND_FACTOR_REQUIRED"

    def __init__(self) -> None:
        super().__init__(
            "A code of your second factor is needed too.",
            remedy=f"Send it as `otp`. To set a second factor up, sign in at {_page('/account/sign-in')}.",
        )


class SecondFactorWrong(Unauthenticated):
    """The password is right, the code is not."""

    code = "SECOND_FACTOR_WRONG"

    def __init__(self) -> None:
        super().__init__(
            "The code of the second factor is wrong or was used already.",
            remedy="Wait for the next code and send that.",
        )


class PasswordExpired(Unauthenticated):
    """The password is right and must be replaced first."""

    code = "PASSWORD_EXPIRED"

    def __init__(self) -> None:
        super().__init__(
            "The password has expired: a new one is due.",
            remedy=f"Set it at {_page('/account/sign-in')}, then try again.",
        )
