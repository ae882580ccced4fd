"""A tenant: one company, where its data lies and where it is in its life."""

import re
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from saas.kit.errors import BadInput

LANGUAGES = ("en", "zh")


class TenantState(StrEnum):
    CREATING = "creating"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    DROPPING = "dropping"


@dataclass(frozen=True, slots=True)
class Tenant:
    id: UUID
    slug: str
    name: str
    cell: str
    schema: str
    role: str
    state: TenantState
    schema_version: int
    base_currency: str
    time_zone: str
    language: str


@dataclass(frozen=True, slots=True)
class Profile:
    """What a company is called and counts in: fixed when the tenant is made."""

    name: str
    base_currency: str = "CNY"
    time_zone: str = "Asia/Shanghai"
    language: str = "zh"

    def check(self) -> None:
        """Refuse (BadInput) what cannot be, naming the field."""
        if not self.name.strip() or len(self.name) > 200:
            raise BadInput("A tenant needs a name of 1 to 200 characters.", path=("name",))
        if not re.fullmatch(r"[A-Z]{3}", self.base_currency):
            raise BadInput(
                f"{self.base_currency!r} is not a currency.",
                remedy="Use the three capital letters of ISO 4217: CNY, EUR, USD.",
                path=("base_currency",),
            )
        if self.language not in LANGUAGES:
            raise BadInput(
                f"{self.language!r} is not a language of Atrium.", remedy="Use en or zh.", path=("language",)
            )
        try:
            ZoneInfo(self.time_zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise BadInput(
                f"{self.time_zone!r} is not a time zone.",
                remedy="Use an IANA name: Asia/Shanghai, Europe/Berlin.",
                path=("time_zone",),
            ) from None
