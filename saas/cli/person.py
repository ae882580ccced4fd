"""`saas person`: what an operator does for somebody who cannot get in, or who must get out."""

import click

from saas.cli.output import say
from saas.kit.errors import NotFound
from saas.tenants.directory import directory
from saas.tenants.identity.lockout import failures_of_person, forget_failures
from saas.tenants.identity.people import Contact, contact_at
from saas.tenants.identity.places import places_of
from saas.tenants.identity.reset import out_everywhere
from saas.tenants.identity.second_factor import second_factor_of
from saas.tenants.identity.second_factor_reset import second_factor_reset
from saas.tenants.identity.sessions import sessions_of
from saas.tenants.membership import folded

as_json_option = click.option("--json", "as_json", is_flag=True, help="One JSON line instead of a sentence.")


@click.group(name="person")
def command() -> None:
    """People in the directory, by their e-mail: how they stand, and letting them in or out."""


@command.command()
@click.argument("email")
@as_json_option
def show(email: str, as_json: bool) -> None:
    """Companies, sessions, second factor, and whether they must wait after failed tries."""
    person = _person(email)
    with directory() as connection:
        failures = failures_of_person(connection, person.id)
    told = {
        "email": person.email,
        "name": person.name,
        "tenants": [place.tenant.slug for place in places_of(person.id)],
        "has_password": person.has_password,
        "second_factor": second_factor_of(person.id).is_on,
        "sessions": len(sessions_of(person.id)),
        "failures": failures.count,
        "waits_s": round(failures.wait.total_seconds()),
    }
    say(told, "\n".join(f"{name.replace('_', ' ')}: {_words(value)}" for name, value in told.items()), as_json=as_json)


@command.command()
@click.argument("email")
@as_json_option
def unlock(email: str, as_json: bool) -> None:
    """Forget their failed tries: they need not wait any longer."""
    person = _person(email)
    with directory() as connection:
        forget_failures(connection, person.id)
    _done(person, "need not wait any longer", as_json=as_json)


@command.command(name="reset-second-factor")
@click.argument("email")
@click.option("--dry-run", is_flag=True, help="Only tell what would be done.")
@as_json_option
def reset_second_factor(email: str, dry_run: bool, as_json: bool) -> None:
    """Turn off the second factor of who lost it, and end their sessions; where one is demanded they set up another."""
    had_one = second_factor_reset(email, dry_run=dry_run)
    told = {"email": folded(email), "had_one": had_one, "dry_run": dry_run}
    if not had_one:
        sentence = f"{folded(email)} has no second factor."
    elif dry_run:
        sentence = f"The second factor of {folded(email)} would be turned off."
    else:
        sentence = f"The second factor of {folded(email)} is off; they sign in by password and may set up another."
    say(told, sentence, as_json=as_json)


@command.command(name="sign-out")
@click.argument("email")
@as_json_option
def sign_out(email: str, as_json: bool) -> None:
    """End all their sessions and tokens, those of apps too, within five seconds."""
    person = _person(email)
    with directory() as connection:
        out_everywhere(connection, person.id)
    _done(person, "are signed out everywhere", as_json=as_json)


def _person(email: str) -> Contact:
    found = contact_at(email)
    if found is None:
        raise NotFound(f"Nobody is known as {email!r}.", remedy="`saas tenant show` tells who signs in to a tenant.")
    return found


def _done(person: Contact, what: str, *, as_json: bool) -> None:
    say({"email": person.email, "done": what}, f"{person.email}: they {what}.", as_json=as_json)


def _words(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value).lower()
