"""Who works here: departments, regions, business lines, positions, employees, roles."""

from saas.modules.organisation import (
    business_line,
    department,
    employee,
    position,
    region,
    rights,
    role,
    structure,
)

__all__ = ["business_line", "department", "employee", "position", "region", "rights", "role", "structure"]
