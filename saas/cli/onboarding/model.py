"""The onboarding file as it is written: every key that may stand in it."""

import json
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from pydantic.alias_generators import to_camel
from pydantic_core import ErrorDetails

from saas.cli.onboarding.lines import Place, Yaml

Code = Annotated[str, StringConstraints(pattern=r"^\S(.*\S)?$", max_length=60)]


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, alias_generator=to_camel)

    def given(self, name: str) -> bool:
        """Whether the key stands in the file: what is absent stays as it is, null clears."""
        return name in self.model_fields_set


_GRANTING = ConfigDict(alias_generator=lambda name: to_camel(name.rstrip("_")))


class TenantEntry(_Strict):
    slug: str
    name: str
    base_currency: str = "CNY"
    time_zone: str = "Asia/Shanghai"
    language: str = "zh"


class RegionEntry(_Strict):
    code: Code
    name: str
    parent: str | None = None


class BranchEntry(RegionEntry):
    phone: str | None = None


class DepartmentEntry(RegionEntry):
    branch: str | None = None


class PositionEntry(_Strict):
    code: Code
    name: str
    description: str | None = None


class BusinessLineEntry(PositionEntry):
    pass


class OnlyForEntry(_Strict):
    position: str | None = None
    business_line: str | None = None
    grants: dict[str, dict[str, str]] | None = None
    fields_: Any = None

    model_config = _GRANTING


class RoleEntry(_Strict):
    code: Code
    name: str
    description: str | None = None
    template: str | None = None
    grants: dict[str, dict[str, str]] | None = None
    fields_: Any = None
    only_for: list[OnlyForEntry] | None = None
    specials: dict[str, Any] | None = None

    model_config = _GRANTING


class HeldEntry(_Strict):
    role: str
    until: str


class PersonEntry(_Strict):
    code: Code
    name: str
    email: str | None = None
    job_title: str | None = None
    department: str | None = None
    region: str | None = None
    branch: str | None = None
    position: str | None = None
    business_lines: list[str] | None = None
    superior: str | None = None
    roles: list[str | HeldEntry] | None = None
    specials: dict[str, Any] | None = None
    sign_in: bool | None = None
    password: str | None = None
    password_env: str | None = None


class LimitsEntry(_Strict):
    file_bytes: Annotated[int, Field(ge=0)] | None = None
    files: Annotated[int, Field(ge=0)] | None = None


class FileEntry(_Strict):
    tenant: TenantEntry
    limits: LimitsEntry | None = None
    branches: list[BranchEntry] = []
    departments: list[DepartmentEntry] = []
    regions: list[RegionEntry] = []
    positions: list[PositionEntry] = []
    business_lines: list[BusinessLineEntry] = []
    roles: list[RoleEntry] = []
    people: list[PersonEntry] = []


_AT: dict[str, type[_Strict]] = {
    "tenant": TenantEntry,
    "limits": LimitsEntry,
    "branches": BranchEntry,
    "departments": DepartmentEntry,
    "regions": RegionEntry,
    "positions": PositionEntry,
    "businessLines": BusinessLineEntry,
    "roles": RoleEntry,
    "people": PersonEntry,
}


def checked_entries(read: Yaml) -> FileEntry:
    """The file's entries; BadConfig tells every key that is unknown, missing or of the wrong kind."""
    try:
        return FileEntry.model_validate(read.data)
    except ValidationError as error:
        raise read.refuse([_told(read, each) for each in error.errors()]) from None


def _told(read: Yaml, error: ErrorDetails) -> tuple[Place, str]:
    place: Place = tuple(error["loc"])
    if error["type"] == "missing":
        return place, "is missing"
    if error["type"] == "extra_forbidden":
        model = _AT.get(str(place[0]), FileEntry) if len(place) > 1 else FileEntry
        model = OnlyForEntry if "onlyFor" in place[:-1] else model
        known = ", ".join(str(field.alias) for field in model.model_fields.values())
        return place, f"is no key; there are {known}"
    place = read.known(place)
    value = error["input"]
    if error["type"] == "string_type":
        return place, f"is read as {json.dumps(value, ensure_ascii=False)}, a text is needed: put it in quotes"
    if error["type"] == "string_pattern_mismatch":
        return place, "a code has at least one character, and no space at its ends"
    kinds = {"dict_type": "keys with values", "model_type": "keys with values", "list_type": "a list"}
    if error["type"] in kinds:
        return place, f"{kinds[error['type']]} is needed here"
    if error["type"] == "bool_type":
        return place, "true or false is needed here"
    return place, error["msg"]
