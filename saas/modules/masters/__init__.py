"""What the records of all modules share: how they are numbered."""

from saas.modules.masters import number_rule

__all__ = ["number_rule"]
