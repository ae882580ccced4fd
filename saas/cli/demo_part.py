"""Makes some companies of a demo in a process of its own; says how far it is on stdout, in lines of JSON.

`python -m saas.cli.demo_part WISH SLUG…`, started by `demo_crew`.
"""

import json
import sys
from datetime import date
from pathlib import Path

from saas.cli.demo_report import tenants_as_json
from saas.cli.demo_wish import DemoWish, Size, World
from saas.cli.demo_world import made
from saas.kit.collector import spare_collector
from saas.kit.errors import AtriumError

TELL, WRITTEN, MADE, FAILED = "tell", "written", "made", "failed"


def wish_as_text(wish: DemoWish, data_root: Path) -> str:
    """For the command line of this process."""
    today = wish.today.isoformat() if wish.today else None
    return json.dumps([wish.world, wish.size, wish.seed, today, str(data_root)])


def _wish(text: str) -> tuple[DemoWish, Path]:
    world, size, seed, today, data_root = json.loads(text)
    return DemoWish(World(world), Size(size), seed, date.fromisoformat(today) if today else None), Path(data_root)


def _say(*what: object) -> None:
    print(json.dumps(what), flush=True)


def main(arguments: list[str]) -> int:
    """Make the companies one after the other; 1 where one cannot be made."""
    text, *slugs = arguments
    wish, data_root = _wish(text)
    spare_collector()
    try:
        for slug in slugs:
            company = made(slug, wish, lambda line: _say(TELL, line), lambda *done: _say(WRITTEN, *done), data_root)
            _say(MADE, tenants_as_json((company,)))
    except AtriumError as error:
        _say(FAILED, error.message, error.remedy)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
