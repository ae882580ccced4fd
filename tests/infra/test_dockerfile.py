"""What can be known of the image without building it."""

import json
import re
from pathlib import Path

from saas.cli.main import COMMANDS

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "infra" / "Dockerfile").read_text("utf-8")
# Lines that go on are one.
LINES = re.sub(r"\\\n", " ", TEXT).splitlines()
LAST_STAGE = LINES[max(at for at, line in enumerate(LINES) if line.startswith("FROM")) :]


def test_what_is_copied_from_the_checkout_exists_and_is_sent_to_the_builder() -> None:
    sent = (ROOT / "infra" / "Dockerfile.dockerignore").read_text("utf-8").splitlines()
    copied = [line.split()[1] for line in LINES if line.startswith("COPY") and "--from" not in line]
    assert copied == ["requirements/run.txt", "saas", "migrations"]
    for path in copied:
        assert (ROOT / path).exists()
        assert f"!{path}" in sent


def test_it_does_not_run_as_root() -> None:
    (user,) = [line.split()[1] for line in LAST_STAGE if line.startswith("USER")]
    assert int(user.partition(":")[0]) >= 1000
    assert LAST_STAGE.index(f"USER {user}") < next(
        at for at, line in enumerate(LAST_STAGE) if line.startswith("ENTRYPOINT")
    )


def test_packages_are_installed_by_hash_and_nothing_is_built() -> None:
    (install,) = [line for line in LINES if "pip install" in line]
    assert "--require-hashes" in install
    assert "--only-binary :all:" in install
    required = re.findall(r"^[\w.\[\]-]+==", (ROOT / "requirements" / "run.txt").read_text("utf-8"), re.M)
    assert required


def test_it_starts_a_command_that_exists() -> None:
    (entry,) = [json.loads(line.removeprefix("ENTRYPOINT ")) for line in LAST_STAGE if line.startswith("ENTRYPOINT")]
    (command,) = [json.loads(line.removeprefix("CMD ")) for line in LAST_STAGE if line.startswith("CMD ")]
    assert entry == ["python", "-m", "saas"]
    assert command[0] in COMMANDS


def test_no_secret_and_no_setting_is_baked_in() -> None:
    assert "SAAS_" not in TEXT
    assert "ARG " not in TEXT


def test_it_has_a_health_check() -> None:
    assert any(line.startswith("HEALTHCHECK") for line in LAST_STAGE)
