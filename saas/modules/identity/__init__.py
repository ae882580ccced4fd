"""Who may sign in, by which rules, and through which apps; what administrators do about that."""

from saas.modules.identity import app_scopes, apps, areas, forgotten, installations, invitations, leaving, mails

__all__ = ["app_scopes", "apps", "areas", "forgotten", "installations", "invitations", "leaving", "mails"]
