"""A process that was forked uses connections of its own and leaves its parent's alone."""

import os
import subprocess
import sys

from saas.tenants.tenant import Tenant

PROGRAM = """
import os, sys
from saas.tenants.directory import tenant_by_slug
from saas.tenants.session import read_one
acme = tenant_by_slug("acme")
def backend() -> int:
    return read_one(acme, "SELECT pg_backend_pid()").rows[0][0]
parent = backend()
pid = os.fork()
if pid == 0:
    os._exit(0 if backend() != parent and tenant_by_slug("acme") == acme else 1)
_, status = os.waitpid(pid, 0)
sys.exit(os.waitstatus_to_exitcode(status) or (backend() != parent))
"""


def test_a_fork_opens_its_own_connections(acme: Tenant) -> None:
    assert acme.slug == "acme"
    done = subprocess.run([sys.executable, "-c", PROGRAM], env=dict(os.environ), check=False, capture_output=True)
    assert (done.returncode, done.stderr) == (0, b"")
