"""`saas cell`: the databases where tenants live."""

import click

from saas.cli.output import columns, say
from saas.kit.settings import settings
from saas.tenants.health import cells_state
from saas.tenants.install import MAX_TENANTS, add_cell
from saas.tenants.spares import fill_pool

_json = click.option("--json", "as_json", is_flag=True, help="One JSON line instead of sentences.")


@click.group(help="Cells: the databases where tenants live.", no_args_is_help=True)
def command() -> None:
    pass


@command.command("add", help="Register the cell NAME at DSN (postgresql://host:port/name).")
@click.argument("name")
@click.argument("dsn")
@click.option("--max-tenants", type=click.IntRange(1, 1000), default=MAX_TENANTS, show_default=True)
@_json
def add(name: str, dsn: str, max_tenants: int, as_json: bool) -> None:
    admin = settings().admin_dsn
    add_cell(name, dsn, admin_dsn=admin.get_secret_value() if admin else None, max_tenants=max_tenants)
    say({"name": name, "dsn": dsn}, f"Cell {name} is ready.", as_json=as_json)


@command.command("list", help="All cells, how many tenants they have, and whether all is well.")
@_json
def list_(as_json: bool) -> None:
    found = [{"name": cell.name, "tenants": cell.tenants, "problem": cell.problem} for cell in cells_state()]
    say(found, columns(found), as_json=as_json)


@command.command("fill", help="Bring the warm pool of the cell NAME to N ready schemas.")
@click.argument("name")
@click.argument("n", type=click.IntRange(0, 100))
@_json
def fill(name: str, n: int, as_json: bool) -> None:
    made = fill_pool(name, n)
    say({"cell": name, "made": made}, f"{made} made; the pool of {name} holds {n} or more.", as_json=as_json)
