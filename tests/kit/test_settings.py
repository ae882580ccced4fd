"""A wrong setting is named, and docs/settings.md lists them all."""

import re
from pathlib import Path

import pytest
from pydantic_core import PydanticUndefined

from saas.kit.errors import BadConfig
from saas.kit.settings import Settings, settings
from tests.tenants.place import with_settings

PAGE = Path(__file__).parents[2] / "docs" / "settings.md"
ROW = re.compile(r"^\| `(SAAS_\w+)` \| (.*?) \| (.*) \|$", re.M)


def rows() -> list[tuple[str, str, str]]:
    """Name, default and meaning of each setting, as the table should have them."""
    found = []
    for name, field in Settings.model_fields.items():
        default = (
            "required" if field.default is PydanticUndefined else "none" if field.default is None else field.default
        )
        shown = str(default) if default in {"required", "none"} else f"`{default}`"
        found.append((f"SAAS_{name.upper()}", shown, field.description or ""))
    return found


def test_the_page_lists_every_setting_with_default_and_meaning() -> None:
    assert ROW.findall(PAGE.read_text("utf-8")) == rows()


def test_every_setting_has_a_meaning() -> None:
    assert [name for name, _, meaning in rows() if not meaning.endswith((".", "nowhere"))] == []


def test_a_wrong_setting_is_named_with_the_reason() -> None:
    with with_settings(SAAS_SECRET="short", SAAS_POOL_SIZE="many"), pytest.raises(BadConfig) as refused:
        settings()
    assert "SAAS_SECRET: " in refused.value.message
    assert "SAAS_POOL_SIZE: " in refused.value.message
    assert "short" not in refused.value.message.replace("too short", "")
    assert refused.value.remedy == "docs/settings.md lists every variable."


def test_secrets_do_not_show() -> None:
    assert "in-tests" not in repr(settings())
    assert "a secret of the tests" not in repr(settings())
