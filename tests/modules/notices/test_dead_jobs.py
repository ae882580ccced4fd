"""Whoever asked for a job that failed for good is told, once."""

from uuid import UUID

from tests.world import Person, World


def dead(world: World, person: Person | None) -> UUID:
    """An export of this person whose job is dead."""
