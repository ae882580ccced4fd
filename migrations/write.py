"""Writes the next revision: `python -m migrations.write tenant "what changes"`, to be read and completed by hand.

What differs between the program and a schema at the newest revision is in it already. That needs the SAAS_* settings of
a development database, after `saas install`, `saas tenant migrate` and, for a tenant's tables, `saas cell fill main 1`.
"""

import sys

import click
from alembic.script import ScriptDirectory

import saas.modules
from saas.engine.tables import all_tables
from saas.kit.errors import AtriumError, NotFound
from saas.tenants.branches import DIRECTORY, PLATFORM, TENANT, Branch
from saas.tenants.migration_plan import plan
from saas.tenants.models_match import directory_matches, models_match

OBJECTS = saas.modules  # importing them declares their tables
BRANCHES = {branch.name: branch for branch in (DIRECTORY, PLATFORM, TENANT)}


@click.command(help="Write the next revision of BRANCH.")
@click.argument("branch", type=click.Choice(list(BRANCHES)))
@click.argument("message")
def write(branch: str, message: str) -> None:
    try:
        click.echo(written(BRANCHES[branch], message, _missing(branch)))
    except AtriumError as error:
        sys.exit(f"{error}")


def written(branch: Branch, message: str, upgrades: str) -> str:
    """The path of the new revision, made from the branch's template."""
    number = branch.head + 1
    scripts = ScriptDirectory(branch.folder, file_template="%(rev)s_%(slug)s")
    before = f"{branch.head:04}" if branch.head else "base"
    script = scripts.generate_revision(
        f"{number:04}", message, head=before, upgrades=upgrades, downgrades="", imports=""
    )
    if script is None:
        raise NotFound(f"Alembic wrote nothing into {branch.folder}.")
    return script.path


def _missing(branch: str) -> str:
    if branch == "directory":
        return directory_matches()
    if branch == "platform":
        return ""  # its tables are written by hand
    current = plan().current
    if not current:
        raise NotFound("No schema is at the newest revision.", remedy="`saas tenant migrate`, `saas cell fill main 1`.")
    return models_match(all_tables(), current[0].cell, current[0].schema)


if __name__ == "__main__":
    write()
