"""Reading this declares every job that there is."""

import saas.engine.export.job
import saas.engine.files.job
import saas.engine.invariants_job
import saas.engine.revert.job
import saas.engine.transfer.job
import saas.modules

MODULES = (
    saas.engine.export.job,
    saas.engine.files.job,
    saas.engine.invariants_job,
    saas.engine.revert.job,
    saas.engine.transfer.job,
    saas.modules,
)
