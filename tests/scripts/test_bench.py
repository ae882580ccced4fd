"""`scripts/bench`: its cases, its options, and the line that programs read."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

import scripts.benchmarks
from scripts.benchmarks.__main__ import line
from scripts.benchmarks.registry import NOT_CASES, Bench, Case, Target, all_cases, case

ROOT = Path(__file__).parents[2]
OF_THE_ISSUE = {
    "demo-ready": "< 120",
    "test-suite": "< 300",
    "tenant-from-pool": "p50_ms < 20",
    "schema-fill": "< 2",
    "migrate-nothing": "< 3",
    "migrate-one-column": "< 15",
    "api-ready": "< 5",
    "api-rss": "< 200",
}


def bench(*options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "scripts.benchmarks", *options]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=100, check=False)


def test_it_holds_the_figures_that_the_project_promises() -> None:
    targets = {each.name: str(each.target) for each in all_cases() if each.target}
    assert OF_THE_ISSUE.items() <= targets.items()


def test_every_file_of_the_folder_measures_something_or_is_named_as_one_that_does_not() -> None:
    files = {file.stem for file in Path(scripts.benchmarks.__path__[0]).glob("*.py")} - {"__init__"}
    assert {each.measure.__module__.rpartition(".")[2] for each in all_cases()} == files - NOT_CASES


def test_a_name_is_taken_once_and_every_case_says_what_it_measures() -> None:
    def silent(_bench: Bench) -> float:
        return 1.0

    def told(_bench: Bench) -> float:
        """Nothing."""
        return 1.0

    all_cases()
    with pytest.raises(ValueError, match=r"Two cases are called api-ready: choose another name for "):
        case("api-ready", "s")(told)
    with pytest.raises(ValueError, match=r"The case silent does not say what it measures"):
        case("silent", "s")(silent)


def test_a_missed_target_is_told() -> None:
    one = Case("one", "ms", Target("<", 20, part="p50_ms"), lambda _bench: 0.0)
    assert line(one, {"p50_ms": 19.9}).endswith("ms  ✓ p50_ms < 20")
    assert line(one, {"p50_ms": 20.0}).endswith("ms  ✗ MISSED p50_ms < 20")


def test_the_list_names_every_case() -> None:
    listed = bench("--list")
    assert (listed.returncode, listed.stderr) == (0, "")
    assert [row.split()[0] for row in listed.stdout.splitlines()] == [each.name for each in all_cases()]


def test_an_unknown_case_is_refused() -> None:
    refused = bench("--only", "api-ready", "--only", "nothing")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr.endswith("no such case: nothing (--list names them)\n")


@pytest.mark.slow
def test_the_last_line_is_for_programs() -> None:
    done = bench("--quick", "--only", "servers-cold", "--only", "test-suite")
    assert done.returncode == 0, done.stderr
    measured, left_out, last = done.stdout.splitlines()
    assert measured.startswith("servers-cold ")
    assert left_out == f"{'test-suite':24} not measured: the test suite belongs to the full run"
    told = json.loads(last)
    assert list(told) == ["servers-cold", "test-suite", "machine"]
    assert told["servers-cold"] > 0
    assert told["test-suite"] is None
    assert list(told["machine"]) == ["cpu", "cores", "memory_gb", "system", "python", "load"]
