"""An operator at the command line, with databases of their own for each file of tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.onboarding_place import Operator, onboarding_place
from tests.databases import Cluster
from tests.tenants.place import Place


@pytest.fixture(scope="module")
def place(cluster: Cluster) -> Iterator[Place]:
    """Databases with one cell, main, and no tenant."""
    with onboarding_place(cluster, "onboarding") as settled:
        yield settled


@pytest.fixture
def operator(place: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Operator:
    return Operator(place, tmp_path, capsys)
