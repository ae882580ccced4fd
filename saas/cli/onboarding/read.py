"""An onboarding file, checked as far as that goes without the tenant."""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import saas.modules  # noqa: F401  # its objects must be known before a word of theirs is looked up
from saas.cli.onboarding.grants import Found, grants_in, only_for_in
from saas.cli.onboarding.lines import Place, Yaml, parse_yaml, read_yaml
from saas.cli.onboarding.model import (
    BranchEntry,
    DepartmentEntry,
    LimitsEntry,
    PersonEntry,
    PositionEntry,
    RegionEntry,
    RoleEntry,
    TenantEntry,
    checked_entries,
)
from saas.cli.onboarding.specials import specials_in
from saas.kit.errors import BadConfig, BadInput
from saas.kit.text import camel
from saas.modules.organisation.blueprint.wanted import (
    BRANCH,
    DEPARTMENT,
    EMPLOYEE,
    LINE,
    POSITION,
    REGION,
    ROLE,
    Blueprint,
    Held,
    Impossible,
    Mistake,
    Wanted,
    mistakes_within,
)
from saas.tenants.names import checked_slug
from saas.tenants.passwords import LONGEST
from saas.tenants.tenant import Profile, Tenant

SHORTEST = 8
_SECTIONS = {
    BRANCH: "branches",
    DEPARTMENT: "departments",
    REGION: "regions",
    POSITION: "positions",
    LINE: "businessLines",
    ROLE: "roles",
    EMPLOYEE: "people",
}


@dataclass(frozen=True, slots=True)
class SignInWish:
    """Whether a person shall sign in; `wanted` None leaves it as it is. `place` is where the file says so."""

    place: Place
    code: str
    name: str
    email: str | None
    wanted: bool | None
    password: str | None


@dataclass(frozen=True, slots=True)
class Onboarding:
    """All that the file says."""

    tenant: TenantEntry
    limits: LimitsEntry | None
    blueprint: Blueprint
    sign_ins: Sequence[SignInWish]
    yaml: Yaml

    @property
    def slug(self) -> str:
        return self.tenant.slug

    @property
    def profile(self) -> Profile:
        return Profile(self.tenant.name, self.tenant.base_currency, self.tenant.time_zone, self.tenant.language)

    def differing(self, tenant: Tenant) -> list[str]:
        """What the file says of the tenant otherwise than it is."""
        names = [name for name in ("name", "base_currency", "time_zone", "language") if self.tenant.given(name)]
        pairs = [(camel(name), getattr(tenant, name), getattr(self.tenant, name)) for name in names]
        return [f"{name} is {is_!r}, not {said!r}" for name, is_, said in pairs if is_ != said]

    def refuse(self, impossible: Impossible) -> BadConfig:
        """The mistakes of the blueprint with their lines."""
        return self.yaml.refuse(_told(impossible.mistakes))


def read_onboarding(path: Path, environment: Mapping[str, str] = os.environ) -> Onboarding:
    """The file; BadConfig tells all mistakes at once, each with its line."""
    return _checked(read_yaml(path), environment)


def read_onboarding_text(name: str, text: str) -> Onboarding:
    """The same from a text."""
    return _checked(parse_yaml(name, text), {})


def _checked(read: Yaml, environment: Mapping[str, str]) -> Onboarding:
    entries = checked_entries(read)
    wrong: Found = []
    grants, only_for = {}, {}
    for number, role in enumerate(entries.roles):
        grants[role.code] = for_all = grants_in(role, ("roles", number), wrong)
        only_for[role.code] = only_for_in(role, ("roles", number), for_all, wrong)
    holders: dict[str, Sequence[RoleEntry | PersonEntry]] = {ROLE: entries.roles, EMPLOYEE: entries.people}
    specials = {
        (kind, each.code): specials_in(each, (_SECTIONS[kind], number), wrong)
        for kind, of_kind in holders.items()
        for number, each in enumerate(of_kind)
    }
    blueprint = Blueprint(
        branches=[_branch(each) for each in entries.branches],
        departments=[_department(each) for each in entries.departments],
        regions=[_region(each) for each in entries.regions],
        positions=[_described(each) for each in entries.positions],
        business_lines=[_described(each) for each in entries.business_lines],
        roles=[_described(each) for each in entries.roles],
        people=[_person(each) for each in entries.people],
        grants={code: each for code, each in grants.items() if each is not None},
        holds={
            each.code: held
            for number, each in enumerate(entries.people)
            if (held := _held(each, ("people", number, "roles"), wrong)) is not None
        },
        lines={each.code: each.business_lines for each in entries.people if each.business_lines is not None},
        only_for={code: each for code, each in only_for.items() if each is not None},
        specials={holder: each for holder, each in specials.items() if each is not None},
    )
    wishes = [_wish(each, ("people", number), environment, wrong) for number, each in enumerate(entries.people)]
    found = Onboarding(entries.tenant, entries.limits, blueprint, wishes, read)
    _check_tenant(found, wrong)
    wrong += _told(mistakes_within(blueprint))
    if wrong:
        raise read.refuse(wrong)
    return found


def _check_tenant(found: Onboarding, wrong: Found) -> None:
    try:
        checked_slug(found.slug)
        found.profile.check()
    except BadInput as error:
        wrong.append((("tenant", *(camel(part) for part in error.path)), str(error)))


def _branch(entry: BranchEntry) -> Wanted:
    values = {"name": entry.name, **_given(entry, phone="phone")}
    return Wanted(entry.code, values, _given(entry, parent="parent_id"))


def _department(entry: DepartmentEntry) -> Wanted:
    return Wanted(entry.code, {"name": entry.name}, _given(entry, parent="parent_id", branch="branch_id"))


def _region(entry: RegionEntry) -> Wanted:
    return Wanted(entry.code, {"name": entry.name}, _given(entry, parent="parent_id"))


def _described(entry: RoleEntry | PositionEntry) -> Wanted:
    return Wanted(entry.code, {"name": entry.name, **_given(entry, description="description")})


def _person(entry: PersonEntry) -> Wanted:
    values = {"name": entry.name, **_given(entry, email="email", job_title="job_title")}
    names = {name: f"{name}_id" for name in ("department", "region", "branch", "position", "superior")}
    return Wanted(entry.code, values, _given(entry, **names))


def _held(entry: PersonEntry, place: Place, wrong: Found) -> Held | None:
    """The roles of the person by code, each with its last day."""
    if entry.roles is None:
        return None
    held: dict[str, date | None] = {}
    for number, each in enumerate(entry.roles):
        code, until = (each, None) if isinstance(each, str) else (each.role, each.until)
        try:
            held[code] = date.fromisoformat(until) if until else None
        except ValueError:
            wrong.append(((*place, number, "until"), f"{until!r} is no date; write 2026-12-31"))
    return held


def _given(entry: RegionEntry | PositionEntry | RoleEntry | PersonEntry, **names: str) -> dict[str, str | None]:
    """The values that stand in the file, by the name of the field."""
    return {field: getattr(entry, key) for key, field in names.items() if entry.given(key)}


def _wish(entry: PersonEntry, place: Place, environment: Mapping[str, str], wrong: Found) -> SignInWish:
    wanted = entry.sign_in
    if wanted is None and entry.given("email"):
        wanted = entry.email is not None
    password = entry.password
    if entry.password_env is not None:
        password = environment.get(entry.password_env)
        if password is None:
            wrong.append(((*place, "passwordEnv"), f"the variable {entry.password_env} is not set"))
    if wanted and entry.email is None:
        wrong.append(((*place, "signIn"), "who signs in needs an email"))
    if entry.password is not None and entry.password_env is not None:
        wrong.append(((*place, "passwordEnv"), "there is a password already; write one of the two"))
    key = "password" if entry.password_env is None else "passwordEnv"
    if password is not None and not SHORTEST <= len(password) <= LONGEST:
        wrong.append(((*place, key), f"a password has {SHORTEST} to {LONGEST} characters"))
    if password is not None and not wanted:
        wrong.append(((*place, key), "a password is for somebody who signs in"))
    return SignInWish(place, entry.code, entry.name, entry.email, wanted, password)


def _told(mistakes: Iterable[Mistake]) -> Found:
    """Each with its place in the file."""
    return [((_SECTIONS[m.kind], m.number, spelled(m.field), *map(_key, m.within)), m.message) for m in mistakes]


def _key(step: str | int) -> str | int:
    """A step further inside as the file spells it; the key of a special permission stays."""
    return camel(step) if isinstance(step, str) and "." not in step else step


def spelled(field: str) -> str:
    """How the file spells a field: `superior_id` is `superior`."""
    return camel(field.removesuffix("_id"))
