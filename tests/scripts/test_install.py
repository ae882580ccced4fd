"""`scripts/install` in a small checkout of its own, with packages that the test has built: no network."""

import base64
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from saas.cli.embedded.account import NOBODY

ROOT = Path(__file__).parents[2]
NAMES = [f"tiny{number:02}" for number in range(21)]
pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Checkout:
    """The script, requirements/dev.txt, and the folder that pip finds packages in."""

    root: Path
    wheels: Path

    @property
    def environment(self) -> dict[str, str]:
        own = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(self.wheels), "PIP_CONFIG_FILE": os.devnull}
        return {name: value for name, value in os.environ.items() if not name.startswith("PIP_")} | own

    @property
    def command(self) -> list[str]:
        return [sys.executable, str(self.root / "scripts" / "install"), "dev"]

    def install(self) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command, cwd="/", env=self.environment, capture_output=True, text=True, timeout=100, check=False
        )

    def start(self) -> subprocess.Popen[str]:
        return subprocess.Popen(self.command, env=self.environment, stderr=subprocess.PIPE, text=True)

    def knows(self, package: str) -> bool:
        python = self.root / ".venv" / "bin" / "python"
        return subprocess.run([python, "-c", f"import {package}"], capture_output=True, check=False).returncode == 0

    def wheel(self, name: str) -> Path:
        return self.wheels / f"{name}-1.0-py3-none-any.whl"


def build(path: Path, name: str, content: str = "") -> str:
    """Write a wheel of one module; its hash."""
    info = f"{name}-1.0.dist-info"
    files = {
        f"{name}.py": content,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    lines = [f"{file},sha256={urlsafe(text)},{len(text)}\n" for file, text in files.items()]
    with zipfile.ZipFile(path, "w") as wheel:
        for file, text in {**files, f"{info}/RECORD": "".join(lines) + f"{info}/RECORD,,\n"}.items():
            wheel.writestr(zipfile.ZipInfo(file), text)
    return hashlib.sha256(path.read_bytes()).hexdigest()


def urlsafe(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    folder = tmp_path_factory.mktemp("checkout")
    made = Checkout(folder / "atrium", folder / "wheels")
    for each in (made.root / "scripts", made.root / "requirements", made.wheels):
        each.mkdir(parents=True)
    shutil.copy(ROOT / "scripts" / "install", made.root / "scripts")
    lines = [f"{name}==1.0 \\\n    --hash=sha256:{build(made.wheel(name), name)}\n" for name in NAMES]
    (made.root / "requirements" / "dev.txt").write_text("".join(lines))
    return made


@pytest.fixture(scope="module")
def first(checkout: Checkout) -> subprocess.CompletedProcess[str]:
    """What the first run in a new checkout said."""
    return checkout.install()


def forget(checkout: Checkout, package: str) -> None:
    """As if requirements had changed: the package is gone, and the stamp with it."""
    (checkout.root / ".venv" / ".installed-dev").unlink(missing_ok=True)
    pip = [str(checkout.root / ".venv" / "bin" / "python"), "-m", "pip", "uninstall", "--quiet", "--yes", package]
    subprocess.run(pip, env=checkout.environment | {"PIP_ROOT_USER_ACTION": "ignore"}, check=True)


def test_it_tells_how_far_it_is(checkout: Checkout, first: subprocess.CompletedProcess[str]) -> None:
    assert (first.returncode, first.stdout) == (0, ""), first.stderr
    *told, last = first.stderr.splitlines()
    assert told == ["Installing 21 packages into .venv (the same and the tools)", "  20/21 packages"]
    assert last.startswith("Installed in ")
    assert all(checkout.knows(name) for name in (NAMES[0], NAMES[-1]))


@pytest.mark.usefixtures("first")
def test_the_second_time_it_says_nothing(checkout: Checkout) -> None:
    again = checkout.install()
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")


@pytest.mark.usefixtures("first")
def test_a_package_with_another_hash_is_refused_until_it_is_the_right_one(checkout: Checkout) -> None:
    forget(checkout, NAMES[3])
    right = checkout.wheel(NAMES[3]).read_bytes()
    build(checkout.wheel(NAMES[3]), NAMES[3], "changed = True\n")
    refused = checkout.install()
    assert refused.returncode == 1
    assert "DO NOT MATCH THE HASHES" in refused.stderr
    assert refused.stderr.splitlines()[-1] == "pip ended with exit code 1. Its last words are above."
    assert not checkout.knows(NAMES[3])
    assert checkout.install().returncode == 1
    checkout.wheel(NAMES[3]).write_bytes(right)
    assert checkout.install().returncode == 0
    assert checkout.knows(NAMES[3])


@pytest.mark.usefixtures("first")
def test_one_that_was_killed_is_completed_by_the_next_which_waits_for_its_pip(checkout: Checkout) -> None:
    forget(checkout, NAMES[-1])
    wheel, aside = checkout.wheel(NAMES[-1]), checkout.wheels.parent / "aside.whl"
    wheel.rename(aside)
    os.mkfifo(wheel)  # pip comes so far and waits here
    killed = checkout.start()
    end = os.open(wheel, os.O_WRONLY)  # returns when pip has opened it
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    wheel.unlink()
    aside.rename(wheel)
    next_one = checkout.start()
    with pytest.raises(subprocess.TimeoutExpired):
        next_one.wait(1)  # pip of the killed one still holds the folder
    os.close(end)
    _, said = next_one.communicate(timeout=60)
    assert next_one.returncode == 0, said
    assert checkout.knows(NAMES[-1])


@pytest.fixture
def closed() -> Iterator[Checkout]:
    """A checkout that whoever runs the script may read and not write."""
    with tempfile.TemporaryDirectory(prefix="atrium-test-of-install-") as folder:
        made = Checkout(Path(folder), Path(folder))
        (made.root / "scripts").mkdir()
        shutil.copy(ROOT / "scripts" / "install", made.root / "scripts")
        made.root.chmod(0o555)
        yield made
        made.root.chmod(0o755)


def test_a_checkout_of_somebody_else_is_told(closed: Checkout) -> None:
    script = str(closed.root / "scripts" / "install")
    # Root may write everywhere, and its Python may be closed to others.
    command, user = ([sys.executable, script], None) if os.geteuid() else (["/usr/bin/env", "python3", script], NOBODY)
    done = subprocess.run(
        command, user=user, cwd="/", env={"PATH": os.defpath}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    reason = "Permission denied. Clone Atrium into a folder of your own."
    assert done.stderr == f"{closed.root}/.venv cannot be written: {reason}\n"
