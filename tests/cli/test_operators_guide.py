"""The operators' guide is true: its commands exist, its file applies, its tables are those of the program."""

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from pydantic import BaseModel

from saas.cli.main import saas as program
from saas.cli.onboarding.model import (
    BranchEntry,
    BusinessLineEntry,
    DepartmentEntry,
    LimitsEntry,
    OnlyForEntry,
    PersonEntry,
    PositionEntry,
    RegionEntry,
    RoleEntry,
    TenantEntry,
)
from saas.engine.access.specials import special_keys, special_named
from saas.engine.access.tables import Access, Relation, RowScope
from saas.engine.registry import OPERATIONS, objects
from saas.kit import errors
from saas.modules.starting_roles.templates import TEMPLATES
from tests.cli.onboarding_place import Operator

DOCS = Path(__file__).parents[2] / "docs"
GUIDE = (DOCS / "operators.md").read_text(encoding="utf-8")
MODELS: tuple[type[BaseModel], ...] = (
    TenantEntry,
    LimitsEntry,
    BranchEntry,
    DepartmentEntry,
    RegionEntry,
    PositionEntry,
    BusinessLineEntry,
    RoleEntry,
    PersonEntry,
)
EXAMPLE = (DOCS / "examples" / "onboard.yaml").read_text(encoding="utf-8")


def fences(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", GUIDE, re.DOTALL)


def commands() -> list[str]:
    inline = re.findall(r"`(saas [a-z][^`]*)`", GUIDE)
    shown = [line.removeprefix("$ ") for block in fences("console") for line in block.splitlines() if line[:1] == "$"]
    return sorted({*inline, *shown})


def row(head: str) -> str:
    """The rest of the table's line that begins with this cell."""
    (found,) = re.findall(rf"^\| {head} \| (.*) \|$", GUIDE, re.MULTILINE)
    return str(found)


def words(text: str) -> list[str]:
    return re.findall(r"`\"?([a-z_]+)\"?`", text)


@pytest.mark.parametrize("line", commands())
def test_every_command_and_option_exists(line: str) -> None:
    command: click.Command = program
    rest = line.split()[1:]
    context = click.Context(program)
    while isinstance(command, click.Group) and rest:
        found = command.get_command(context, rest.pop(0))
        assert found is not None, line
        command = found
    known = {name for option in command.params for name in option.opts}
    assert {word for word in rest if word.startswith("--")} <= known | {"--help"}


def test_the_commands_of_the_table_are_all_there_are() -> None:
    table = GUIDE.partition("## Commands")[2].partition("### Exit codes")[0]
    mentioned = {tuple(line.split()[1:3]) for line in commands() if line in table}
    tenant = program.get_command(click.Context(program), "tenant")
    assert isinstance(tenant, click.Group)
    wanted = {("tenant", name) for name in tenant.list_commands(click.Context(tenant))}
    assert wanted - mentioned == set()


def test_the_exit_codes_are_those_of_the_errors() -> None:
    def tree(kind: type[errors.AtriumError]) -> Iterator[type[errors.AtriumError]]:
        yield kind
        for below in kind.__subclasses__():
            yield from tree(below)

    ours = {kind for kind in tree(errors.AtriumError) if kind.__module__ == errors.__name__}
    for kind in ours:
        assert f"`{kind.code}`" in row(str(kind.exit_code)), kind


def test_the_keys_are_those_of_the_file() -> None:
    table = GUIDE.partition("### What may stand in it")[2].partition("Words of")[0]
    sections = re.split(
        r"^\| `(?=tenant|limits|branches|departments|regions|positions|businessLines|roles|people)",
        table,
        flags=re.MULTILINE,
    )[1:]
    for section, model in zip(sections, MODELS, strict=True):
        cells = [line.split("|")[-3] for line in section.strip().splitlines()]
        keys = [key for cell in cells for key in re.findall(r"`([a-zA-Z]+)`", cell)]
        assert sorted(keys) == sorted(str(field.alias) for field in model.model_fields.values())


def _by_object(name: str) -> Iterator[tuple[str, list[str]]]:
    for part in row(name).split("; "):
        object_name, _, told = part.partition(": ")
        yield object_name, words(told)


def test_the_words_are_those_of_the_program() -> None:
    assert words(row("objects").partition(", or")[0]) == [one.name for one in objects()]
    assert words(row("operations").partition(", or")[0]) == list(OPERATIONS)
    assert dict(_by_object("actions")) == {one.name: list(one.actions) for one in objects() if one.actions}
    assert words(row("scopes")) == [*RowScope, "all"]
    assert re.findall(r"`([a-z_.]+)` \(.*?: (.*?)\)", row("special permissions")) == [
        (key, one.label.en[0].lower() + one.label.en[1:]) for key in special_keys() if (one := special_named(key))
    ]
    assert words(row("templates").partition(";")[0]) == [each.key for each in TEMPLATES]
    assert words(row("relations")) == list(Relation)
    assert words(row("access")) == [*(each.name.lower() for each in reversed(Access)), "others"]
    assert dict(_by_object("field groups")) == {one.name: sorted(one.groups) for one in objects() if one.groups}


def test_the_file_of_the_guide_applies_and_answers_as_told(operator: Operator) -> None:
    text, part = fences("yaml")
    (console,) = fences("console")
    first, second = (block.partition("\n")[2] for block in console.split("$ saas")[1:])
    said = operator.apply(text, "--create")
    assert (said.code, said.err) == (0, "")
    assert re.sub(r"once: \S+", "once: …", said.out) == first
    assert operator.apply(text).out == second
    more = text.replace("\npeople:", f"{part}\npositions: [{{ code: expert, name: Expert }}]\npeople:")
    more = more.replace("positions:", "businessLines: [{ code: lamps, name: Lamps }]\npositions:")
    said = operator.apply(more)
    assert (said.code, said.err) == (0, "")
    for word in ("+product.update:all for position expert", "+customer.limit:200"):
        assert word in said.out


def test_the_complete_example_applies_and_uses_every_key(operator: Operator) -> None:
    assert operator.apply(EXAMPLE, "--create").code == 0
    assert operator.apply(EXAMPLE, "--json").data["has_work"] is False
    models: tuple[type[BaseModel], ...] = (*MODELS, OnlyForEntry)
    for model in models:
        for field in model.model_fields.values():
            assert f"{field.alias}:" in EXAMPLE


def test_the_statements_of_the_guide_run(operator: Operator) -> None:
    for statement in fences("sql"):
        operator.place.ask(statement)
