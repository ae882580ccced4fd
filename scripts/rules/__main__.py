"""Run all rules over the checkout: one line per finding, exit code 1 where there is any."""

import argparse
import importlib
import pkgutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import scripts.rules
from scripts.rules.project import Finding, Project

Rule = Callable[[Project], Iterator[Finding]]
NOT_RULES = {"__main__", "project"}


def all_rules() -> dict[str, Rule]:
    """Every file of this folder is a rule: its name, and its function `check`."""
    names = sorted(module.name for module in pkgutil.iter_modules(scripts.rules.__path__))
    return {
        name.replace("_", "-"): importlib.import_module(f"scripts.rules.{name}").check
        for name in names
        if name not in NOT_RULES
    }


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m scripts.rules", description=__doc__)
    parser.add_argument("root", nargs="?", type=Path, default=Path.cwd(), help="the checkout (default: this folder)")
    project = Project(parser.parse_args().root.resolve())
    rules = all_rules()
    count = 0
    for name, check in rules.items():
        for finding in sorted(check(project)):
            print(f"{finding.path}:{finding.line}: {name}: {finding.message}")
            count += 1
    if not count:
        print(f"{len(rules)} rules hold in {len(project.paths)} files.")
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
