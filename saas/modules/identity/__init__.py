"""Who may sign in, and by which rules: invitations, sign-ins and what administrators do about them."""

from saas.modules.identity import areas

__all__ = ["areas"]
