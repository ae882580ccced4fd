"""The `saas` command: which commands there are, and how an error is told."""

import importlib
import json
import sys
from collections.abc import Sequence

import click

from saas.kit.errors import AtriumError

# Each is read only when it is asked for, so that `saas --help` is quick: name → (module of `command`, what it does).
COMMANDS = {
    "install": ("saas.cli.install", "Make roles, directory and cells, or bring them up to date."),
    "cell": ("saas.cli.cell", "Cells: add, list, fill the warm pool."),
    "tenant": ("saas.cli.tenant", "Tenants: create, apply, list, migrate, suspend, drop."),
    "token": ("saas.cli.token", "A token for somebody, without a password."),
    "person": ("saas.cli.person", "Somebody who cannot get in, or must get out."),
    "secrets": ("saas.cli.secrets", "Seal what is encrypted at rest with a new SAAS_SECRET."),
    "import": ("saas.cli.import_data", "Bring in records from a CSV file."),
    "import-revert": ("saas.cli.import_revert", "Take an import back, as far as nothing has moved on since."),
    "suggest-mapping": ("saas.cli.suggest_mapping", "A mapping for a CSV file, as its headings suggest."),
    "explain": ("saas.cli.explain", "All that happens to an object, as it is declared."),
    "explain-query": ("saas.cli.explain_query", "The SQL, plan and cost of a GraphQL query."),
    "invariants": ("saas.cli.invariants", "What must hold of the data: what is broken, look again."),
    "serve": ("saas.cli.serve", "Run the API."),
    "worker": ("saas.cli.worker", "Run the workers."),
    "jobs": ("saas.cli.jobs", "Jobs: what waits, runs or is dead; retry, drop."),
    "demo": ("saas.cli.demo", "Run everything on this machine, with companies in it."),
}


class Lazy(click.Group):
    """A group whose commands are modules, each with a `command` in it."""

    def __init__(self, *, modules: dict[str, tuple[str, str]], **settings: object) -> None:
        super().__init__(**settings)  # type: ignore[arg-type]  # click's own, passed through
        self._modules = modules

    def list_commands(self, context: click.Context) -> list[str]:
        """All names, in the order in which they were written down."""
        return [*super().list_commands(context), *self._modules]

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        """The command, read now."""
        if name not in self._modules:
            return super().get_command(context, name)
        command = importlib.import_module(self._modules[name][0]).command
        if not isinstance(command, click.Command):
            raise TypeError(f"{self._modules[name][0]}.command is no command.")
        return command

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        """The list in --help, without reading any of the modules."""
        own = {name: super(Lazy, self).get_command(context, name) for name in super().list_commands(context)}
        lines = [(name, command.get_short_help_str(200)) for name, command in own.items() if command is not None]
        lines += [(name, what) for name, (_, what) in self._modules.items()]
        with formatter.section("Commands"):
            formatter.write_dl(lines)


saas = Lazy(name="saas", modules=COMMANDS, help="Atrium: a CRM for many companies.")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command; leave with its exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    sys.exit(run(given))


def run(arguments: list[str]) -> int:
    """The exit code of the command; an expected error is one line on stderr."""
    try:
        result = saas.main(arguments, prog_name="saas", standalone_mode=False)
    except AtriumError as error:
        _tell(error.code, error.message, error.remedy, as_json="--json" in arguments)
        return error.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return error.exit_code
    except click.ClickException as error:
        _tell("BAD_INPUT", error.format_message(), _usage_remedy(error), as_json="--json" in arguments)
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("saas: stopped.", err=True)
        return 130
    except BrokenPipeError:
        return 141
    return result if isinstance(result, int) else 0


def _tell(code: str, message: str, remedy: str, *, as_json: bool) -> None:
    if as_json:
        line = json.dumps({"error": {"code": code, "message": message, "remedy": remedy}}, ensure_ascii=False)
    else:
        line = "saas: " + " ".join(f"{message} {remedy}".split())
    click.echo(line, err=True)


def _usage_remedy(error: click.ClickException) -> str:
    context = error.ctx if isinstance(error, click.UsageError) else None
    return f"`{context.command_path} --help` shows what it takes." if context else ""
