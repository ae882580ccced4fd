"""The two commands as a newcomer meets them, after everything is downloaded."""

import json
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import saas.modules
from saas.engine.registry import objects
from scripts.benchmarks.registry import Bench, NotMeasured, Target, case
from scripts.benchmarks.timing import seconds

ROOT = Path(__file__).parents[2]
MODULES = saas.modules  # declares the objects


@case("demo-ready", "s", Target("<", 120))
def demo_ready(_bench: Bench) -> float:
    """`saas demo --json` from its start to the line that says it is ready, servers and data included."""
    return _ready()


@case("demo-ready-full", "s", Target("<", 600))
def demo_ready_full(bench: Bench) -> float:
    """The invented companies with `--size full`: 200,000 customers, a million records; left out of a quick run."""
    if bench.quick:
        raise NotMeasured("a million records belong to the full run")
    return _ready("--size", "full", "--world", "invented")


@case("test-suite", "s", Target("<", 300))
def test_suite(bench: Bench) -> float:
    """`scripts/test`, all of it; left out of a quick run."""
    if bench.quick:
        raise NotMeasured("the test suite belongs to the full run")
    return seconds(lambda: subprocess.run([ROOT / "scripts/test"], cwd=ROOT, check=True, capture_output=True))


@case("contract-tests", "s", Target("<", 1))
def contract_tests(_bench: Bench) -> float:
    """What the contracts take for each object, one after the other: the times of their tests, templates included.

    Left out is what they do not cause: the start of pytest and of the servers, and the collection.
    """
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", "-q", f"--junit-xml={report}", "tests/contracts"]
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
        taken = re.findall(r'<testcase [^>]*time="([0-9.]+)"', report.read_text("utf-8"))
    return round(sum(map(float, taken)) / len(objects()), 2)


@case("contract-tests-as-run", "s")
def contract_tests_as_run(bench: Bench) -> float:
    """The same from start to end with two workers, as `scripts/test` runs them; left out of a quick run."""
    if bench.quick:
        raise NotMeasured("the same tests once more belong to the full run")
    command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "--dist", "loadfile", "--no-loadscope-reorder"]
    took = seconds(lambda: subprocess.run([*command, "tests/contracts"], cwd=ROOT, check=True, capture_output=True))
    return round(took / len(objects()), 2)


def _ready(*options: str) -> float:
    began = time.perf_counter()
    command = [sys.executable, "-m", "saas", "demo", "--json", *options]
    demo = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        line = demo.stdout.readline() if demo.stdout else b""
        if not json.loads(line or b"{}").get("tenants"):
            raise RuntimeError("The demo ended before it was ready.")
        return round(time.perf_counter() - began, 1)
    finally:
        demo.send_signal(signal.SIGTERM)
        demo.wait(60)
