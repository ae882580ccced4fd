"""Who works here: branches, departments, regions, business lines, positions, employees, establishments, roles."""

from saas.modules.organisation import (
    branch,
    business_line,
    department,
    employee,
    establishment,
    holds,
    position,
    region,
    rights,
    role,
    structure,
)

__all__ = [
    "branch",
    "business_line",
    "department",
    "employee",
    "establishment",
    "holds",
    "position",
    "region",
    "rights",
    "role",
    "structure",
]
