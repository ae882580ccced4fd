"""What a caller asked lately, found again by its text: the operation, their rights, and the plans that answered it.

It hangs on the caller, so it is forgotten with what the directory said of them, after seconds; and it counts only as
long as the stamp of the tenant is the one that it was found under.
"""

from collections.abc import Hashable

from saas.engine.access.profile import Profile, known_profile
from saas.engine.plan.given import shape_of
from saas.engine.plan.kept import VARIANTS, key_of, plans
from saas.engine.plan.plan import Plan
from saas.engine.plan.run import Run
from saas.schema.parameters import Parameters
from saas.schema.persisted import known_text
from saas.schema.prepare import Known, kept
from saas.tenants.sign_in import Caller
from saas.tenants.stamp import Seen

MOST = 100  # operations of one caller


class Way:
    """An operation of a caller under one stamp, with its plans by the shape of the variables."""

    __slots__ = ("_plans", "known", "profile", "seen")

    def __init__(self, seen: Seen, profile: Profile, known: Known) -> None:
        self.seen, self.profile, self.known = seen, profile, known
        self._plans: dict[Hashable, Plan] = {}

    def plan(self, run: Run) -> Plan | None:
        """The plan for such a run, if there is one; BadInput where a value cannot be looked at."""
        shape = shape_of(run.variables)
        plan = self._plans.get(shape)
        if plan is None or not plan.fits(run):
            plan = plans.find(key_of(self.known.key, run), run)
            if plan is not None and (shape in self._plans or len(self._plans) < VARIANTS):
                self._plans[shape] = plan
        return plan


def way_of(caller: Caller, parameters: Parameters, seen: Seen) -> Way | None:
    """The way of a query, None where something of it is not known; BadInput where its name leaves it open."""
    text = parameters.query if parameters.document_id is None else _text(caller, parameters)
    ways: dict[Hashable, Way] = caller.memo.setdefault("ways", {})
    key = (text, parameters.operation_name)
    way = ways.get(key)
    if way is not None and way.seen is seen and not way.profile.has_ended:
        return way
    profile = _profile(caller, seen)
    prepared = None if profile is None or text is None else kept.get(text)
    if profile is None or prepared is None:
        return None
    known = prepared.known(parameters.operation_name)
    if not known.is_query:
        return None
    if len(ways) >= MOST:
        ways.clear()
    ways[key] = way = Way(seen, profile, known)
    return way


def _text(caller: Caller, parameters: Parameters) -> str | None:
    """The document that an id stands for."""
    return None if parameters.query or not parameters.document_id else known_text(caller.tenant, parameters.document_id)


def _profile(caller: Caller, seen: Seen) -> Profile | None:
    """Their rights under the policy that this stamp names, if they are known."""
    known: tuple[Seen, Profile] | None = caller.memo.get("profile")
    if known is not None and known[0] is seen and not known[1].has_ended:
        return known[1]
    found = known_profile(caller.tenant.id, caller.principal_id, seen.stamp.policy_version)
    if found is not None:
        found = found.narrowed(caller.scopes)
        caller.memo["profile"] = (seen, found)
    return found
