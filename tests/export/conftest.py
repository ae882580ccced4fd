"""Each file of tests has a store of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from saas.gateways.files import file_store
from saas.kit.settings import settings


@pytest.fixture(autouse=True, scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where the contents of files lie."""
    folder = tmp_path_factory.mktemp("store")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SAAS_FILES", str(folder))
        settings.cache_clear()
        file_store.cache_clear()
        yield folder
    settings.cache_clear()
    file_store.cache_clear()
