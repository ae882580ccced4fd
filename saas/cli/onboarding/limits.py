"""How much a tenant may keep, as an onboarding file says it."""

from dataclasses import replace

from saas.cli.onboarding.model import LimitsEntry
from saas.engine.files.quota import Limits, own_limits, set_limits
from saas.engine.scope import Scope
from saas.modules.organisation.blueprint.difference import Step, Verb

LIMITS = "limits"
_FIELDS = {"file_bytes": "bytes", "files": "files"}


def limits_step(entry: LimitsEntry, now: Limits, slug: str) -> Step:
    """What becomes of the limits; what the file leaves out stays as it is."""
    wanted = _wanted(entry, now)
    pairs = {key: (getattr(now, name), getattr(wanted, name)) for key, name in _FIELDS.items()}
    changes = {key: (_told(before), _told(after)) for key, (before, after) in pairs.items() if before != after}
    return Step(LIMITS, slug, Verb.UPDATE if changes else Verb.UNCHANGED, changes)


def carry_out_limits(scope: Scope, entry: LimitsEntry) -> None:
    """Set what the file says, where it says something else."""
    now = own_limits(scope)
    wanted = _wanted(entry, now)
    if wanted != now:
        set_limits(scope, wanted)


def _wanted(entry: LimitsEntry, now: Limits) -> Limits:
    given = {name: getattr(entry, key) for key, name in _FIELDS.items() if entry.given(key)}
    return replace(now, **given)


def _told(limit: int | None) -> str | None:
    return None if limit is None else f"{limit:,}"
