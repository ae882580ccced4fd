"""Who works here: departments, employees, roles."""

from saas.modules.organisation import department, employee, rights, role, structure

__all__ = ["department", "employee", "rights", "role", "structure"]
