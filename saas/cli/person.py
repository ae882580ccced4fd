"""`saas person`: what only an operator does for a person, whatever companies they belong to."""

import click

from saas.cli.output import say
from saas.tenants.identity.second_factor_reset import second_factor_reset
from saas.tenants.membership import folded


@click.group(help="People: turn off the second factor of who lost it.")
def command() -> None:
    pass


@command.command("reset-second-factor", help="Turn off the second factor of EMAIL, and end their sessions.")
@click.argument("email")
@click.option("--dry-run", is_flag=True, help="Only tell what would be done.")
@click.option("--json", "as_json", is_flag=True, help="One JSON line.")
def reset_second_factor(email: str, dry_run: bool, as_json: bool) -> None:
    had_one = second_factor_reset(email, dry_run=dry_run)
    told = {"email": folded(email), "had_one": had_one, "dry_run": dry_run}
    if not had_one:
        sentence = f"{folded(email)} has no second factor."
    elif dry_run:
        sentence = f"The second factor of {folded(email)} would be turned off."
    else:
        sentence = f"The second factor of {folded(email)} is off; they sign in by password and may set up another."
    say(told, sentence, as_json=as_json)
