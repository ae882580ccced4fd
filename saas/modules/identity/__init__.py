"""Who may sign in, and by which rules: invitations, sign-ins and what administrators do about them."""

from saas.modules.identity import areas, forgotten, invitations, leaving, mails

__all__ = ["areas", "forgotten", "invitations", "leaving", "mails"]
