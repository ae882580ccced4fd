"""Who may sign in, by which rules, and through which apps; what administrators do about that."""

from saas.modules.identity import (
    app_scopes,
    apps,
    areas,
    forgotten,
    holds,
    installations,
    invitations,
    leaving,
    mails,
    people,
    personal_tokens,
    sign_in_rules,
)

__all__ = [
    "app_scopes",
    "apps",
    "areas",
    "forgotten",
    "holds",
    "installations",
    "invitations",
    "leaving",
    "mails",
    "people",
    "personal_tokens",
    "sign_in_rules",
]
