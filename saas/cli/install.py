"""`saas install`: roles, the directory's database and the cells, from nothing or from an older release."""

import click

from saas.kit.errors import BadConfig
from saas.kit.settings import settings
from saas.tenants.database import address
from saas.tenants.install import DEFAULT_CELL, add_cell, cells, install


@click.command(help="Make roles, directory and cells, or bring them up to date; it may be run again at any time.")
@click.option(
    "--cell",
    "wanted",
    metavar="NAME=DSN",
    multiple=True,
    help="A cell on the same server as SAAS_ADMIN_DSN, postgresql://host:port/name; without, one called main.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON line instead of sentences.")
def command(wanted: tuple[str, ...], as_json: bool) -> None:
    admin = settings().admin_dsn
    if admin is None:
        raise BadConfig(
            "SAAS_ADMIN_DSN is not set.", remedy="Set it to a superuser's DSN: postgresql://user:password@host/postgres"
        )
    named = dict(_pair(text) for text in wanted)
    install(admin.get_secret_value())
    if not named and not cells():
        named = {DEFAULT_CELL: _beside_directory()}
    for name, dsn in named.items():
        add_cell(name, dsn, admin_dsn=admin.get_secret_value())
    click.echo(_told(cells(), as_json=as_json))


def _pair(text: str) -> tuple[str, str]:
    name, equals, dsn = text.partition("=")
    if not equals:
        raise click.BadParameter(f"{text!r} is not NAME=DSN.", param_hint="--cell")
    return name, dsn


def _beside_directory() -> str:
    url = address(settings().directory_dsn)
    return url.set(drivername="postgresql", database=f"atrium_{DEFAULT_CELL}").render_as_string()


def _told(names: list[str], *, as_json: bool) -> str:
    if as_json:
        return '{"installed": true, "cells": [' + ", ".join(f'"{name}"' for name in names) + "]}"
    return f"Installed. Cells: {', '.join(names)}."
