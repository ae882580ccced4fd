"""What must be done yet before a session counts."""

from collections.abc import Collection
from uuid import UUID

from saas.tenants.identity.policy import Policy
from saas.tenants.identity.second_factor import has_second_factor


def pending_after_password(person_id: UUID, policies: Collection[Policy]) -> str | None:
    """What follows the password: a second factor, where the person has one or a company of theirs demands it."""
    is_needed = any(policy.second_factor for policy in policies) or has_second_factor(person_id)
    return "second_factor" if is_needed else pending_after_second_factor(person_id, policies)


def pending_after_second_factor(_person_id: UUID, _policies: Collection[Policy]) -> str | None:
    """What follows that."""
    return None
