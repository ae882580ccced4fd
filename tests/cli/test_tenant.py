"""`saas tenant` and `saas cell`: what they print, what they refuse, and with which exit code."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import click
import pytest

from saas.cli.main import run, saas
from saas.tenants.beginning import begun
from saas.tenants.branches import head
from saas.tenants.directory import tenant_by_slug
from saas.tenants.provision import resume
from saas.tenants.tenant import Profile, TenantState
from tests.databases import Cluster
from tests.tenants.place import Place, forget_everything, settled_on


@pytest.fixture(scope="module")
def place(cluster: Cluster) -> Iterator[Place]:
    with settled_on(cluster, "cli") as settled:
        assert run(["tenant", "create", "acme", "--name", "Acme"]) == 0
        yield settled


@pytest.fixture(autouse=True)
def quiet(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing of the preparations is read as output."""
    assert place.cell
    capsys.readouterr()


def told(capsys: pytest.CaptureFixture[str]) -> Any:
    """The one JSON line that was printed."""
    out, err = capsys.readouterr()
    assert err == ""
    assert out.count("\n") == 1
    return json.loads(out)


def refused(capsys: pytest.CaptureFixture[str]) -> str:
    """The one line on stderr."""
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    return err.strip()


def test_create_prints_the_tenant(capsys: pytest.CaptureFixture[str]) -> None:
    details = ["--name", "北方 GmbH", "--currency", "EUR", "--time-zone", "Europe/Berlin", "--language", "en"]
    assert run(["tenant", "create", "north", *details, "--json"]) == 0
    north = tenant_by_slug("north")
    assert told(capsys) == {
        "id": str(north.id),
        "slug": "north",
        "name": "北方 GmbH",
        "cell": "main",
        "schema": north.schema,
        "role": north.schema,
        "state": "active",
        "schema_version": head(),
        "base_currency": "EUR",
        "time_zone": "Europe/Berlin",
        "language": "en",
    }


def test_a_dry_run_of_create_makes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["tenant", "create", "later", "--name", "Later", "--dry-run", "--json"]) == 0
    assert told(capsys) == {"dry_run": True, "slug": "later", "name": "Later", "cell": "main"}
    assert run(["tenant", "show", "later"]) == 4
    assert run(["tenant", "create", "acme", "--name", "Acme", "--dry-run"]) == 5


def test_a_taken_slug_is_exit_5(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["tenant", "create", "acme", "--name", "Other"]) == 5
    assert refused(capsys) == (
        "saas: The slug 'acme' is taken. Choose another one. `saas tenant show acme` tells who has it."
    )
    assert run(["tenant", "create", "acme", "--name", "Other", "--json"]) == 5
    assert json.loads(refused(capsys)) == {
        "error": {
            "code": "CONFLICT",
            "message": "The slug 'acme' is taken.",
            "remedy": "Choose another one. `saas tenant show acme` tells who has it.",
        }
    }


@pytest.mark.parametrize("command", ["show", "suspend", "resume", "drop", "migrate"])
def test_an_unknown_tenant_is_exit_4(capsys: pytest.CaptureFixture[str], command: str) -> None:
    assert run(["tenant", command, "nobody", *(["--yes"] if command == "drop" else [])]) == 4
    assert refused(capsys) == "saas: There is no tenant 'nobody'. `saas tenant list` shows all."


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["create", "Acme", "--name", "x"], "'Acme' cannot be the slug of a tenant."),
        (["create", "x1", "--name", "x", "--currency", "euro"], "'euro' is not a currency."),
        (["create", "x1", "--name", "x", "--time-zone", "Nowhere"], "'Nowhere' is not a time zone."),
        (["create", "x1", "--name", "x", "--language", "fr"], "'fr' is not a language of Atrium."),
        (["create", "x1", "--name", "x", "--cell", "far"], "There is no cell 'far'."),
        (["create", "x1"], "Missing option '--name'."),
        (["create"], "Missing argument 'SLUG'."),
        (["migrate", "--connections", "0"], "Invalid value for '--connections'"),
        (["nonsense"], "No such command 'nonsense'."),
    ],
)
def test_what_is_wrong_in_a_command_is_exit_2(
    capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    assert run(["tenant", *arguments]) == 2
    assert refused(capsys).startswith(f"saas: {message}")


def test_list_shows_all_or_those_in_one_state(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["tenant", "list", "--json"]) == 0
    assert "acme" in [tenant["slug"] for tenant in told(capsys)]
    assert run(["tenant", "list", "--state", "dropping", "--json"]) == 0
    assert told(capsys) == []
    assert run(["tenant", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["SLUG", "STATE", "CELL", "VERSION", "NAME"]
    assert ["acme", "active", "main", str(head()), "Acme"] in [line.split() for line in lines]


def test_suspend_and_resume(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["tenant", "suspend", "acme", "--dry-run"]) == 0
    assert tenant_by_slug("acme").state is TenantState.ACTIVE
    try:
        assert run(["tenant", "suspend", "acme"]) == 0
        assert tenant_by_slug("acme").state is TenantState.SUSPENDED
        assert run(["tenant", "resume", "acme"]) == 0
        assert capsys.readouterr().out.splitlines() == [
            "Would suspend acme.",
            "acme is suspended.",
            "acme is active.",
        ]
        assert tenant_by_slug("acme").state is TenantState.ACTIVE
    finally:
        resume(tenant_by_slug("acme"))


def test_migrate_tells_its_plan_and_what_it_did(capsys: pytest.CaptureFixture[str], place: Place) -> None:
    acme = tenant_by_slug("acme")
    assert run(["tenant", "migrate", "--dry-run", "--json"]) == 0
    planned = told(capsys)
    assert (planned["head"], planned["behind"], planned["broken"]) == (head(), [], [])
    place.stamp(acme, f"schema_version = {head() - 1}")
    assert run(["tenant", "migrate", "--dry-run"]) == 0
    assert capsys.readouterr().out.splitlines()[0] == f"acme: {head() - 1} → {head()}"
    assert run(["tenant", "migrate", "acme", "--json"]) == 6  # its tables are there already
    out, err = capsys.readouterr()
    assert [failed["slug"] for failed in json.loads(out)["failed"]] == ["acme"]
    assert json.loads(err)["error"]["code"] == "TENANT_UNAVAILABLE"
    place.stamp(acme, f"schema_version = {head()}")
    assert run(["tenant", "migrate", "--json"]) == 0
    assert told(capsys)["migrated"] == 0


def test_drop_asks_for_the_slug(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(["tenant", "create", "gone", "--name", "Gone"]) == 0
    assert run(["tenant", "drop", "gone", "--dry-run"]) == 0
    monkeypatch.setattr("click.termui.visible_prompt_func", lambda _: "gome")
    capsys.readouterr()
    assert run(["tenant", "drop", "gone"]) == 2
    assert "That is not its slug; nothing was dropped." in capsys.readouterr().err
    assert tenant_by_slug("gone").state is TenantState.ACTIVE
    monkeypatch.setattr("click.termui.visible_prompt_func", lambda _: "gone")
    assert run(["tenant", "drop", "gone"]) == 0
    assert run(["tenant", "show", "gone"]) == 4


def test_drop_without_asking(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["tenant", "create", "gone", "--name", "Gone"]) == 0
    capsys.readouterr()
    assert run(["tenant", "drop", "gone", "--yes", "--json"]) == 0
    assert told(capsys)["state"] == "dropped"


def test_with_json_drop_asks_nobody(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["tenant", "drop", "acme", "--json"]) == 2
    problem = json.loads(refused(capsys))["error"]
    assert (problem["code"], problem["message"][-10:]) == ("BAD_INPUT", "add --yes.")
    assert tenant_by_slug("acme").state is TenantState.ACTIVE


DRY = {
    "create": (["later", "--name", "Later"], {"dry_run": True, "slug": "later", "name": "Later", "cell": "main"}),
    "list": ([], None),
    "show": (["acme"], None),
    "suspend": (["acme"], {"dry_run": True, "slug": "acme", "would": "suspend"}),
    "resume": (["asleep"], {"dry_run": True, "slug": "asleep", "would": "resume"}),
    "drop": (["acme"], {"dry_run": True, "slug": "acme", "would": "drop"}),
    "reconcile": ([], {"dry_run": True, "undone": [{"what": "create", "slug": "begun"}]}),
    "apply": (["FILE"], None),
    "migrate": ([], None),
    "holidays": (["acme"], None),
    "rebuild": (["acme"], {"dry_run": True, "tenants": [{"tenant": "acme", "job": None}]}),
}


def test_every_command_has_its_dry_run_below() -> None:
    group = cast(click.Group, saas.get_command(click.Context(saas), "tenant"))
    assert sorted(group.list_commands(click.Context(group))) == sorted(DRY)


@pytest.mark.usefixtures("unfinished")
@pytest.mark.parametrize("command", DRY)
def test_a_dry_run_of_any_command_tells_one_line_and_changes_nothing(
    capsys: pytest.CaptureFixture[str], place: Place, tmp_path: Path, command: str
) -> None:
    file = tmp_path / "org.yaml"
    file.write_text("tenant: { slug: acme, name: Acme }\ndepartments: [{ code: head, name: Head office }]\n")
    given, wanted = DRY[command]
    capsys.readouterr()
    before = everything(place)
    asked = ["tenant", command, *(word.replace("FILE", str(file)) for word in given), "--dry-run"]
    assert run([*asked, "--json"]) == 0
    line = told(capsys)
    assert everything(place) == before
    if wanted is not None:
        assert line == wanted
    assert run(asked) == 0
    assert everything(place) == before


@pytest.fixture
def unfinished(place: Place) -> Iterator[None]:
    """One tenant is suspended, one was begun and interrupted."""
    assert run(["tenant", "create", "asleep", "--name", "Asleep"]) == 0
    assert run(["tenant", "suspend", "asleep"]) == 0
    begun("begun", Profile("Begun", "CNY", "Asia/Shanghai", "zh"), "main")
    yield
    assert run(["tenant", "reconcile"]) == 0
    for slug in ("asleep", "begun"):
        assert run(["tenant", "drop", slug, "--yes"]) == 0


def everything(place: Place) -> list[object]:
    """What the directory says, and what the cell holds: every schema, role, table, and row that counts."""
    tables = ("tenant", "pending", "spare", "cell", "person", "membership", "sign_in")
    said = [place.ask(f"SELECT * FROM directory.{table} ORDER BY 1", database=place.directory) for table in tables]
    schemas = [name for (name,) in place.ask("SELECT nspname FROM pg_namespace WHERE nspname LIKE %s", "t\\_%")]
    rows = "SELECT (SELECT count(*) FROM {0}.{1}), xmin::text, * FROM {0}.stamp"
    counted = ("department", "employee", "role", "audit")
    return [said, schemas, *(place.ask(rows.format(f'"{schema}"', table)) for schema in schemas for table in counted)]


def test_reconcile_says_when_nothing_was_left(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["tenant", "reconcile"]) == 0
    assert capsys.readouterr().out == "Nothing was left undone.\n"


def test_cells_are_listed_and_filled(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["cell", "fill", "main", "1", "--json"]) == 0
    assert told(capsys)["cell"] == "main"
    assert run(["cell", "list", "--json"]) == 0
    (cell,) = told(capsys)
    assert (cell["name"], cell["problem"]) == ("main", "")
    assert run(["cell", "fill", "nowhere", "1"]) == 4


def test_install_again_is_no_work(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["install", "--json"]) == 0
    assert told(capsys) == {"installed": True, "cells": ["main"]}
    assert run(["install", "--cell", "nonsense"]) == 2


def test_a_lost_postgres_is_exit_6_and_names_the_place(capsys: pytest.CaptureFixture[str]) -> None:
    before = os.environ["SAAS_DIRECTORY_DSN"]
    try:
        os.environ["SAAS_DIRECTORY_DSN"] = "postgresql://127.0.0.1:1/nothing"
        forget_everything()
        assert run(["tenant", "list"]) == 6
        assert "Postgres does not answer: the directory at 127.0.0.1:1/nothing" in refused(capsys)
        os.environ["SAAS_DIRECTORY_DSN"] = "nonsense"
        forget_everything()
        assert run(["tenant", "list"]) == 2
        del os.environ["SAAS_DIRECTORY_DSN"]
        forget_everything()
        assert run(["tenant", "list"]) == 2
    finally:
        os.environ["SAAS_DIRECTORY_DSN"] = before
        forget_everything()
