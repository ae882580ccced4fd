"""One run of a plan: who asks, when, and with which values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from saas.engine.asker import Asker


@dataclass(slots=True, kw_only=True)
class Run(Asker):
    """Who asks, the coerced values of the variables, and of what a mutation answers the ids of its records."""

    variables: Mapping[str, Any] = field(default_factory=dict)
    ids: Sequence[UUID] = ()
