"""How quickly the servers of the demo and the tests are there."""

import shutil

from saas.cli.embedded.folder import temporary_folder
from saas.cli.embedded.servers import start_servers
from scripts.benchmarks.registry import Bench, Target, case
from scripts.benchmarks.timing import seconds


@case("servers-cold", "s", Target("<", 5))
def cold(_: Bench) -> float:
    """Postgres and Valkey in a new folder: cluster made, both started, both stopped."""
    folder = temporary_folder("bench")
    try:
        return seconds(lambda: start_servers(folder).stop())
    finally:
        shutil.rmtree(folder)


@case("servers-warm", "s", Target("<", 2))
def warm(_: Bench) -> float:
    """The same in a folder that holds a cluster already."""
    folder = temporary_folder("bench")
    try:
        start_servers(folder).stop()
        return seconds(lambda: start_servers(folder).stop())
    finally:
        shutil.rmtree(folder)
