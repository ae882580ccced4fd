"""Begins an export, one record a chunk, and then waits to be killed: `python -m tests.export.exporting_process …`."""

import sys
import time
from uuid import UUID

import saas.modules  # noqa: F401  # declares the objects
from saas.engine.export import ongoing, run
from saas.engine.scope import open_scope
from saas.tenants.directory import tenant_by_id


def main(tenant_id: str, person_id: str, run_id: str) -> None:
    ongoing.BATCH, run.SECONDS = 1, 0.0
    while True:
        with open_scope(tenant_by_id(UUID(tenant_id)), UUID(person_id), write=True) as scope:
            run.go_on(scope, UUID(run_id))
        time.sleep(2)


if __name__ == "__main__":
    main(*sys.argv[1:])
