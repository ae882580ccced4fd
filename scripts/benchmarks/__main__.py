"""Measure the cases and print what they gave: a line each for people, and one JSON line at the end."""

import argparse
import json
import sys
import time
import traceback

from scripts.benchmarks.machine import machine
from scripts.benchmarks.registry import Bench, Case, NotMeasured, Value, all_cases


def main() -> int:
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print nothing but the JSON line on stdout")
    parser.add_argument("--quick", action="store_true", help="fewer rounds: at most ten minutes in all")
    parser.add_argument("part", nargs="*", metavar="PART", help="these cases, and those whose names begin so: `jobs`")
    parser.add_argument("--only", action="append", metavar="NAME", help="this case only; may be repeated")
    parser.add_argument("--list", action="store_true", help="name the cases and stop")
    options = parser.parse_args()

    cases = all_cases()
    of_part = {part: [case.name for case in cases if _is_of(part, case.name)] for part in options.part}
    wanted = {*(options.only or ()), *(name for names in of_part.values() for name in names)}
    unknown = sorted(wanted - {case.name for case in cases}) + [part for part, names in of_part.items() if not names]
    if unknown:
        parser.error(f"no such case: {', '.join(unknown)} (--list names them)")
    if options.list:
        for case in cases:
            print(f"{case.name:24} {case.unit:8} {case.target or '-'!s:16} {case.what}")
        return 0
    chosen = [case for case in cases if not wanted or case.name in wanted]
    return measure(chosen, Bench(quick=options.quick), to_stderr=options.json)


def _is_of(part: str, name: str) -> bool:
    return name == part or name.startswith(f"{part}-")


def measure(cases: list[Case], bench: Bench, *, to_stderr: bool) -> int:
    """The exit code: 1 where a case could not be measured. A missed target is told, for the reader to judge."""
    stream = sys.stderr if to_stderr else sys.stdout
    result: dict[str, object] = {}
    failed = 0
    try:
        for case in cases:
            began = time.perf_counter()
            try:
                value = case.measure(bench)
            except NotMeasured as reason:
                result[case.name] = None
                print(f"{case.name:24} not measured: {reason}", file=stream, flush=True)
                continue
            except Exception:  # noqa: BLE001  # one broken case must not cost the figures of the others
                traceback.print_exc()
                result[case.name], failed = None, failed + 1
                continue
            result[case.name] = value
            print(f"{line(case, value)}   ({time.perf_counter() - began:.1f} s)", file=stream, flush=True)
    finally:
        bench.close()
    print(json.dumps({**result, "machine": machine()}, ensure_ascii=False), flush=True)
    return 1 if failed else 0


def line(case: Case, value: Value) -> str:
    verdict = "" if case.target is None else f"  {'✓' if case.target.holds(value) else '✗ MISSED'} {case.target}"
    shown = json.dumps(value) if isinstance(value, dict) else f"{value:g}"
    return f"{case.name:24} {shown} {case.unit}{verdict}"


if __name__ == "__main__":
    sys.exit(main())
