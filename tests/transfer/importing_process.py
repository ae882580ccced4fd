"""Goes on with an import in a process that a test may kill: `python -m tests… TENANT RUN [ACTOR]`."""

import sys
from uuid import UUID

import saas.modules
from saas.engine.transfer.run import perform
from saas.tenants.directory import tenant_by_id

MODULES = saas.modules  # declares the objects

if __name__ == "__main__":
    actor_id = UUID(sys.argv[3]) if len(sys.argv) > 3 else None
    perform(tenant_by_id(UUID(sys.argv[1])), actor_id, UUID(sys.argv[2]))
