"""What one more business object costs every process at its start."""

import json
import subprocess
import sys

from scripts.benchmarks.registry import Bench, Target, case

FEW, MANY = 50, 150


@case("object-start-time", "ms", Target("<", 40))
def start_time(_bench: Bench) -> float:
    """CPU per object of 20 fields, from its declaration to the complete schema: the slope from 50 to 150 of them."""
    return _slope("ms")


@case("object-start-memory", "MB", Target("<", 1))
def start_memory(_bench: Bench) -> float:
    """Resident memory per object, likewise."""
    return _slope("mb")


def _slope(what: str) -> float:
    few, many = (_started(number)[what] for number in (FEW, MANY))
    return round((many - few) / (MANY - FEW), 2)


def _started(number: int) -> dict[str, float]:
    command = [sys.executable, "-m", "scripts.benchmarks.synthetic", str(number)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    told: dict[str, float] = json.loads(done.stdout)
    return told
