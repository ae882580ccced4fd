"""What the records of all modules share: how they are numbered, and what their fields are chosen from."""

from saas.modules.masters import dictionary, number_rule, standard_entries

__all__ = ["dictionary", "number_rule", "standard_entries"]
