"""Figures of forked processes are added up, and those of a process that ended do not linger where they should not."""

import subprocess
import sys
from pathlib import Path

FORKS = """
import os, sys
from pathlib import Path
from saas.kit import metrics
metrics.share(Path(sys.argv[1]))
children = []
for number in range(2):
    child = os.fork()
    if not child:
        metrics.request_done("graphql", "query", 200, 0.003)
        metrics.connections("main", busy=number, idle=1)
        os._exit(0)
    children.append(child)
for child in children:
    os.waitpid(child, 0)
before = metrics.exposition()[0].decode()
for child in children:
    metrics.process_ended(child)
print(before, "=====", metrics.exposition()[0].decode())
"""


def test_forked_processes_count_together(tmp_path: Path) -> None:
    command = [sys.executable, "-c", FORKS, str(tmp_path)]
    root = Path(__file__).parents[2]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=root)
    alive, dead = done.stdout.split("=====")
    requests = 'atrium_requests_total{door="graphql",operation="query",status="200"} 2.0'
    assert requests in alive
    assert 'atrium_request_seconds_bucket{door="graphql",le="0.005",operation="query"} 2.0' in alive
    assert 'atrium_connections{database="main",state="idle"} 2.0' in alive
    assert requests in dead
    assert 'atrium_connections{database="main",state="idle"} 2.0' not in dead
