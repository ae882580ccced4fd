"""docs/http.md lists each plain HTTP door, and no door that is not there."""

import re
from pathlib import Path

from saas.web.routes import ROUTES

PAGE = Path(__file__).parents[2] / "docs" / "http.md"


def test_the_page_lists_every_door() -> None:
    listed = re.findall(r"^### `(\w+) (/\S*)`", PAGE.read_text("utf-8"), re.M)
    doors = [(method, route.path) for route in ROUTES for method in sorted((route.methods or set()) - {"HEAD"})]
    assert sorted(listed) == sorted(doors)
