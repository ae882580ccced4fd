"""The directory's half of onboarding: who is let in, who is shut out, and the passwords that are made for them."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from uuid import UUID

from saas.cli.onboarding.lines import Place
from saas.cli.onboarding.read import Onboarding, SignInWish
from saas.kit.errors import Conflict
from saas.modules.organisation.blueprint.difference import Step, Verb
from saas.modules.organisation.blueprint.granted import Change
from saas.tenants.letting_in import let_in
from saas.tenants.members import KnownPerson, known_people, members
from saas.tenants.membership import folded, shut_out
from saas.tenants.tenant import Tenant

SIGN_IN = "sign-in"
# No letters that are read as others.
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


@dataclass(frozen=True, slots=True)
class SignInStep:
    """What becomes of one person's sign-in; `makes_password` where they have none and the file names none."""

    wish: SignInWish
    step: Step
    makes_password: bool = False


def plan_sign_ins(file: Onboarding, tenant: Tenant | None, ids: Mapping[str, UUID]) -> list[SignInStep]:
    """One step for each wish; `ids` are the people who are there already, by code. Conflict for what cannot be."""
    now = members(tenant) if tenant else {}
    known = known_people([wish.email for wish in file.sign_ins if wish.wanted and wish.email])
    steps = []
    wrong: list[tuple[Place, str]] = []
    for wish in file.sign_ins:
        address = now.get(ids[wish.code]) if wish.code in ids else None
        if wish.wanted and wish.email:
            person = known.get(folded(wish.email))
            wrong += _objections(wish, person, tenant, ids)
            steps.append(_let_in_step(wish, address, person))
        elif wish.wanted is False:
            gone: dict[str, Change] = {"email": (address, None)} if address else {}
            steps.append(SignInStep(wish, Step(SIGN_IN, wish.code, Verb.UPDATE if gone else Verb.UNCHANGED, gone)))
    if wrong:
        refused = file.yaml.refuse(wrong)
        raise Conflict(refused.message, remedy=refused.remedy)
    return steps


def carry_out_sign_ins(
    tenant: Tenant, steps: list[SignInStep], ids: Mapping[str, UUID], told: Callable[[str, str], None]
) -> None:
    """Shut out and let in; each password that was made is `told(email, password)` at once, as nobody can ask later."""
    changed = [each for each in steps if each.step.verb is not Verb.UNCHANGED]
    for each in sorted(changed, key=lambda each: bool(each.wish.wanted)):  # an address may go from one to another
        wish, principal_id = each.wish, ids[each.wish.code]
        if not wish.wanted or wish.email is None:
            shut_out(tenant, principal_id)
            continue
        # Asked again: somebody else may have let them in meanwhile, and was told the password that holds.
        makes_password = each.makes_password and not _has_password(wish.email)
        password = generated_password() if makes_password else wish.password
        let_in(tenant, principal_id, wish.email, password, wish.name)
        if makes_password and password:
            told(wish.email, password)


def _has_password(email: str) -> bool:
    person = known_people([email]).get(folded(email))
    return person is not None and person.has_password


def generated_password() -> str:
    """Easy to read out, with 78 bits of chance."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(4))


def _let_in_step(wish: SignInWish, address: str | None, person: KnownPerson | None) -> SignInStep:
    changes: dict[str, Change] = {}
    if address != folded(wish.email or ""):
        changes["email"] = (address, folded(wish.email or ""))
    makes_password = wish.password is None and not (person and person.has_password)
    is_other = wish.password is not None and not (person and person.has_this_password(wish.password))
    if makes_password or is_other:
        changes["password"] = (None, "made" if makes_password else "as in the file")
    verb = Verb.UNCHANGED if not changes else Verb.UPDATE if address else Verb.CREATE
    return SignInStep(wish, Step(SIGN_IN, wish.code, verb, changes), makes_password)


def _objections(
    wish: SignInWish, person: KnownPerson | None, tenant: Tenant | None, ids: Mapping[str, UUID]
) -> list[tuple[Place, str]]:
    if person is None:
        return []
    here = person.principals.get(tenant.id) if tenant else None
    if here is not None and here not in ids.values():
        return [((*wish.place, "email"), f"{person.email} signs in here as somebody else already")]
    elsewhere = [id_ for id_ in person.principals if tenant is None or id_ != tenant.id]
    if elsewhere and wish.password is not None and person.has_password and not person.has_this_password(wish.password):
        message = f"{person.email} signs in to other tenants with a password of their own; leave it out here"
        return [((*wish.place, "password"), message)]
    return []
