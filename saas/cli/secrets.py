"""`saas secrets`: what is encrypted at rest, and sealing it anew after SAAS_SECRET was changed."""

from dataclasses import asdict

import click

import saas.modules  # noqa: F401  # declares the tables of tenants
from saas.cli.output import columns, say
from saas.engine.record import metadata
from saas.tenants.identity.resealing import Sealed, reseal, sealed_columns
from saas.tenants.identity.resealing_in_tenants import reseal_in_tenants, sealed_in_tenants


@click.group(name="secrets")
def command() -> None:
    """What is encrypted at rest: keys that sign tokens, secrets of second factors, identity providers and webhooks.

    To change SAAS_SECRET: put the old value into SAAS_FORMER_SECRETS and a new one into SAAS_SECRET, restart the API
    and the workers, run `saas secrets rotate`, and take the former one away. Cursors and file addresses end.
    """


@command.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="One JSON line instead of a table.")
def list_(as_json: bool) -> None:
    """How much is sealed, and how much of it needs a former secret."""
    _tell(_found(), as_json=as_json)


@command.command()
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@click.option("--json", "as_json", is_flag=True, help="One JSON line instead of a table.")
def rotate(dry_run: bool, as_json: bool) -> None:
    """Seal with today's SAAS_SECRET whatever a former one sealed."""
    _tell(_found() if dry_run else [*reseal(), *reseal_in_tenants(metadata)], as_json=as_json)


def _found() -> list[Sealed]:
    return [*sealed_columns(), *sealed_in_tenants(metadata)]


def _tell(found: list[Sealed], *, as_json: bool) -> None:
    rows: list[dict[str, object]] = [asdict(each) for each in found]
    say({"sealed": rows}, columns(rows), as_json=as_json)
