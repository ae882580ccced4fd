"""Write docs/reference, or check it."""

import argparse
import sys
from pathlib import Path

from scripts.reference_pages.pages import difference, pages

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "reference"


def main() -> int:
    parser = argparse.ArgumentParser(prog="scripts/reference", description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 where a page is stale")
    check = parser.parse_args().check
    known = {path.name: path.read_text("utf-8") for path in FOLDER.glob("*.md")}
    wanted = pages()
    stale = difference(known, wanted)
    if check:
        for name in stale:
            print(f"docs/reference/{name} is stale. Run scripts/reference and read the difference.")
        return 1 if stale else 0
    FOLDER.mkdir(exist_ok=True)
    for name in stale:
        if name in wanted:
            (FOLDER / name).write_text(wanted[name], "utf-8")
        else:
            (FOLDER / name).unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main())
