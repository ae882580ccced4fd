"""What makes an answer of a provider untrustworthy; nothing has happened then."""

from saas.kit.errors import Forbidden


class Untrusted(Forbidden):
    """Something that a provider sent, or somebody in its name, is not as it must be. The reason is for the log."""
