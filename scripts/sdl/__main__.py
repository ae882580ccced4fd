"""Write schema.graphql, or check it."""

import argparse
import sys
from pathlib import Path

from saas.kit import clock
from saas.schema.build import sdl
from scripts.sdl.evolution import CHANGELOG, FILE, before, breaking, hasty, unlisted

ROOT = Path(__file__).resolve().parents[2]


def main() -> int:
    parser = argparse.ArgumentParser(prog="scripts/schema", description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 where something is wrong")
    check = parser.parse_args().check
    now, file = sdl(), ROOT / FILE
    wrong = []
    if check and (not file.exists() or file.read_text("utf-8") != now):
        wrong.append(f"{FILE} is stale. Run scripts/schema and read the difference.")
    if not check:
        file.write_text(now, "utf-8")
    earlier = before(ROOT, now)
    changelog = (ROOT / CHANGELOG).read_text("utf-8") if (ROOT / CHANGELOG).exists() else ""
    wrong += [
        f"This breaks clients: {change} Undo it, or tell them: `- {change} <why>` in {CHANGELOG}."
        for change in (unlisted(breaking(earlier, now), changelog) if earlier else [])
    ]
    wrong += hasty(earlier, now, clock.now().date())
    for each in wrong:
        print(each)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
