"""Goes on with an import in a process that a test may kill: `python -m tests.transfer.importing_process TENANT RUN`."""

import sys
from uuid import UUID

import saas.modules
from saas.engine.transfer.run import perform
from saas.tenants.directory import tenant_by_id

MODULES = saas.modules  # declares the objects

if __name__ == "__main__":
    perform(tenant_by_id(UUID(sys.argv[1])), None, UUID(sys.argv[2]))
