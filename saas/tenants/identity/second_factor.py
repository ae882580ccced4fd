"""A person's second factor."""

from uuid import UUID

from sqlalchemy import Connection


def has_second_factor(_person_id: UUID) -> bool:
    """Whether the person has a confirmed second factor."""
    return False


def second_factor_is_right(_connection: Connection, _person_id: UUID, _code: str) -> str | None:
    """How the code shows who they are: `otp`, `recovery`; None where it does not."""
    return None
