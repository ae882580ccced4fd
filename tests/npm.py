"""Packages of npm that stand beside a test: installed once per lock file, from wherever npm is told to fetch."""

import hashlib
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "atrium-npm"


def installed(here: Path) -> Path:
    """A folder with the `node_modules` of the lock file in `here`; skips without node, npm or network only."""
    if not shutil.which("node") or not shutil.which("npm"):
        pytest.skip("node and npm are not on this machine")
    folder = CACHE / hashlib.sha256((here / "package-lock.json").read_bytes()).hexdigest()[:16]
    if not (folder / "complete").exists():
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(here / name, folder)
        command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=100, check=False)
        if done.returncode:
            said = done.stderr.strip()[-600:]
            if no_network(done.stderr):
                pytest.skip(f"npm does not reach its registry: {said}")
            pytest.fail(f"npm cannot install the packages of {here.name}: {said}")
        (folder / "complete").touch()
    return folder


def no_network(said: str) -> bool:
    """Whether npm failed because nothing answers; a wrong lock file or a full disk is somebody's mistake."""
    return bool(re.search(r"code (ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH)\b", said))
