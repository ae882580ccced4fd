"""The same file, imported twice at a time: every record is there once, and every row is accounted for in both."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from saas.engine.transfer.run import perform
from tests.transfer.place import begin, told
from tests.world import World

MAPPING = {"object": "customer", "key": ["code"], "columns": {"code": "code", "name": "name"}}
ROWS = 450


def test_each_record_is_made_once(world: World) -> None:
    tenant = world.garage.tenant
    text = "code,name\n" + "".join(f"tw-{number},Twin {number}\n" for number in range(ROWS))
    runs = [begin(tenant, text, MAPPING) for _ in range(2)]
    together = Barrier(2)

    def work(run: int) -> None:
        together.wait(30)
        perform(tenant, None, runs[run])

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(work, range(2)))
    counts = []
    for run_id in runs:
        report, issues = told(tenant, run_id)
        assert report.state == "done", report.reason
        found = report.counts
        assert found.created + found.updated + found.unchanged + found.refused == found.rows == ROWS
        assert len({issue.line for issue in issues}) == found.refused
        assert {issue.code for issue in issues} <= {"DUPLICATE"}
        counts.append(found)
    assert sum(each.created for each in counts) == ROWS
    assert sum(each.updated for each in counts) == 0
    rows = world.sql(world.garage, "SELECT count(*), count(DISTINCT code) FROM customer WHERE code LIKE 'tw-%%'")
    assert rows == [(ROWS, ROWS)]
