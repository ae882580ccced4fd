"""One run of a plan: who asks, when, and with which values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from saas.engine.asker import Asker


@dataclass(slots=True, kw_only=True)
class Run(Asker):
    """Who asks, and the coerced values of the variables."""

    variables: Mapping[str, Any] = field(default_factory=dict)
