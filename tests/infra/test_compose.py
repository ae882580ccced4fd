"""What can be known of the compose file without an engine: it is whole, modest, and names nothing that is not there."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from saas.cli.main import COMMANDS
from saas.kit.settings import Settings

INFRA = Path(__file__).parents[2] / "infra"
TEXT = (INFRA / "compose.yaml").read_text("utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"] == "atrium"}


def test_it_has_the_services_of_the_design() -> None:
    assert set(SERVICES) == {"postgres", "pgbouncer", "redis", "install", "api", "worker", "mail"}


@pytest.mark.parametrize("name", OURS)
def test_every_variable_is_a_setting_and_none_that_is_required_is_missing(name: str) -> None:
    given = set(OURS[name]["environment"])
    fields = {f"SAAS_{field.upper()}": facts for field, facts in Settings.model_fields.items()}
    assert given <= set(fields)
    assert {variable for variable, facts in fields.items() if facts.is_required()} <= given


def test_each_process_knows_only_the_passwords_that_it_needs() -> None:
    secrets = {"SAAS_ADMIN_DSN", "SAAS_OWNER_PASSWORD", "SAAS_DISPATCHER_PASSWORD"}
    assert set(OURS["api"]["environment"]) & secrets == set()
    assert set(OURS["worker"]["environment"]) & secrets == {"SAAS_DISPATCHER_PASSWORD"}
    assert set(OURS["install"]["environment"]) & secrets == secrets


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_has_a_health_check_or_runs_once(name: str) -> None:
    service = SERVICES[name]
    assert (service["restart"] == "no") != ("healthcheck" in service)


@pytest.mark.parametrize("name", OURS)
def test_our_processes_may_do_as_little_as_possible(name: str) -> None:
    service = OURS[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]


@pytest.mark.parametrize("name", SERVICES)
def test_what_is_published_is_for_this_host_only(name: str) -> None:
    assert all(str(port).startswith("127.0.0.1:") for port in SERVICES[name].get("ports", ()))


@pytest.mark.parametrize("name", SERVICES)
def test_who_depends_on_another_waits_until_it_is_ready(name: str) -> None:
    for other, how in SERVICES[name].get("depends_on", {}).items():
        runs_once = SERVICES[other]["restart"] == "no"
        assert how["condition"] == ("service_completed_successfully" if runs_once else "service_healthy")


def test_what_is_mounted_and_kept_is_there() -> None:
    for service in SERVICES.values():
        for volume in service.get("volumes", ()):
            source = volume.partition(":")[0]
            assert (INFRA / source).exists() if source.startswith(".") else source in COMPOSE["volumes"]


def test_every_variable_of_the_host_is_in_the_example_and_has_no_default() -> None:
    used = re.findall(r"\$\{(\w+)(\S*?)[ }]", TEXT)
    assert used
    assert {rest for _, rest in used} == {":?set"}
    example = re.findall(r"^(\w+)=$", (INFRA / "env.example").read_text("utf-8"), re.M)
    assert sorted({name for name, _ in used}) == sorted(example)


def test_the_commands_that_are_run_exist() -> None:
    commands = [*re.findall(r"python -m saas (\w+)", TEXT), OURS["worker"]["command"][0]]
    assert commands == ["install", "tenant", "worker"]
    assert set(commands) <= set(COMMANDS)


def test_what_comes_on_top_for_traces_is_set_by_settings_and_for_this_host_only() -> None:
    more = yaml.safe_load((INFRA / "traces.yaml").read_text("utf-8"))["services"]
    assert set(more) == {"traces", "api", "worker"}
    fields = {f"SAAS_{field.upper()}" for field in Settings.model_fields}
    assert set(more["api"]["environment"]) | set(more["worker"]["environment"]) <= fields
    assert more["api"]["environment"]["SAAS_OTLP_ENDPOINT"] == "http://traces:4318"
    assert all(str(port).startswith("127.0.0.1:") for port in more["traces"]["ports"])
