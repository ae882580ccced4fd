"""Write the first file of a business object, its test and its import line, and tell what comes next."""

import argparse
import re
import sys
from pathlib import Path

import saas.modules
from saas.engine.registry import objects
from saas.kit.text import camel, pascal
from scripts.first_files.templates import OBJECT, TEST

ROOT = Path(__file__).resolve().parents[2]
OBJECTS = saas.modules  # importing them declares them
NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
HIGHEST = 0x6FF


def main() -> int:
    parser = argparse.ArgumentParser(prog="scripts/new-object", description=__doc__)
    parser.add_argument("module", help="the folder below saas/modules, such as customers")
    parser.add_argument("name", help="the object in the singular, such as competitor or price_list")
    parser.add_argument("--zh", required=True, metavar="LABEL", help="its name in Chinese")
    parser.add_argument("--label", help="its name in English; otherwise made from the name")
    parser.add_argument("--plural", help="the same in the plural; otherwise with an s")
    parser.add_argument("--what", help="one sentence that says what it is; it becomes API text")
    given = parser.parse_args()
    refused = _refused(given.module, given.name)
    if refused:
        print(f"scripts/new-object: {refused}", file=sys.stderr)
        return 2
    label = given.label or given.name.replace("_", " ").capitalize()
    plural = given.plural or f"{label}s"
    words = {
        "module": given.module,
        "name": given.name,
        "class_name": pascal(given.name),
        "single": camel(given.name),
        "list": camel("_".join(plural.lower().split())),
        "label": label,
        "plural": plural,
        "label_zh": given.zh,
        "what": given.what or f"{label}: say in one sentence what it is.",
        "code": f"{_free_code():#05x}",
    }
    file, test, package = _places(given.module, given.name)
    test.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(OBJECT.substitute(words), "utf-8")
    test.write_text(TEST.substitute(words), "utf-8")
    package.write_text(_with_import(package.read_text("utf-8"), given.module, given.name), "utf-8")
    for path in (file, test, package):
        print(f"wrote {path.relative_to(ROOT)}")
    print("Next: its fields and rules, then")
    print(f'  scripts/migration "{given.name}"   and complete its check')
    print("  scripts/schema && scripts/reference && scripts/check --fix")
    print(f"  scripts/test -k {given.name}")
    return 0


def _refused(module: str, name: str) -> str:
    """Why nothing is written; empty where all is well."""
    file, test, package = _places(module, name)
    if not NAME.fullmatch(name):
        return f"{name!r} is no name for an object. Write it small, with underscores: price_list."
    if not package.exists():
        known = ", ".join(sorted(path.parent.name for path in (ROOT / "saas/modules").glob("*/__init__.py")))
        return f"There is no module {module!r}. There are: {known}."
    if file.exists() or test.exists() or any(one.name == name for one in objects()):
        return f"There is an object {name!r} already, or a file of it."
    return ""


def _places(module: str, name: str) -> tuple[Path, Path, Path]:
    folder = ROOT / "saas" / "modules" / module
    return folder / f"{name}.py", ROOT / "tests" / "modules" / module / f"test_{name}.py", folder / "__init__.py"


def _free_code() -> int:
    """The lowest code above all in use: one that was ever used is never used again."""
    code = max(one.record.facts.code for one in objects()) + 1
    if code > HIGHEST:
        raise SystemExit("All codes of standard objects are in use.")
    return code


def _with_import(text: str, module: str, name: str) -> str:
    """The module's imports with one more name, in order."""
    found = re.search(rf"from saas\.modules\.{module} import ([^\n(]+|\([^)]*\))", text)
    names = re.findall(r"\w+", found.group(1)) if found else []
    every = sorted({*names, name})
    line = f"from saas.modules.{module} import {', '.join(every)}"
    listed = ", ".join(f'"{each}"' for each in every)
    text = text.replace(found.group(0), line) if found else f"{text}\n{line}\n"
    return re.sub(r"__all__ = \[[^\]]*\]", f"__all__ = [{listed}]", text)


if __name__ == "__main__":
    sys.exit(main())
