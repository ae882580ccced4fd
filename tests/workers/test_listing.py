"""What it costs to look at a company's jobs, whatever others have."""

import sqlalchemy as sa

from saas.engine.job_sight import WantedJobs, read_jobs
from saas.engine.read.request import PageRequest
from saas.engine.scope import open_scope
from saas.tenants.cells import as_owner
from tests.workers.place import Place
from tests.workers.test_fairness import many

PAGE = "EXPLAIN SELECT id FROM platform.job WHERE tenant_id = :tenant ORDER BY id DESC LIMIT 51"


def test_a_companys_list_does_not_go_through_the_jobs_of_others(place: Place) -> None:
    many(place, place.rival, 20_000)
    many(place, place.acme, 3)
    with as_owner("main") as connection:
        connection.execute(sa.text("ANALYZE platform.job"))
    with open_scope(place.acme, None, write=False) as scope:
        lines = scope.session.execute(sa.text(PAGE), {"tenant": place.acme.id}).scalars().all()
        assert any("ix_job_tenant" in line for line in lines), "\n".join(lines)
        assert len(read_jobs(scope, WantedJobs(PageRequest(), is_read=True)).nodes) == 3
