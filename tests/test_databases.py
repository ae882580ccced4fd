"""The databases that tests work on: built once for the whole run, cloned for each worker."""

import psycopg
import pytest

from tests.databases import Cluster


def test_a_clone_holds_what_the_template_was_built_with(cluster: Cluster) -> None:
    builds = []

    def build(dsn: str) -> None:
        builds.append(dsn)
        with psycopg.connect(dsn) as connection:
            connection.execute("CREATE TABLE thing AS SELECT 7 AS number")

    name = f"things_{cluster.worker}"
    template = cluster.template(name, build)
    assert cluster.template(name, build) == template
    assert len(builds) == 1

    clone = cluster.clone(template, "things")
    with psycopg.connect(cluster.dsn(clone)) as connection:
        assert connection.execute("SELECT number FROM thing").fetchall() == [(7,)]
        connection.execute("DROP TABLE thing")
    again = cluster.clone(template, "things")
    with psycopg.connect(cluster.dsn(again)) as connection:
        assert connection.execute("SELECT number FROM thing").fetchall() == [(7,)]
    cluster.drop(again)


def test_a_build_that_fails_leaves_no_template(cluster: Cluster) -> None:
    def fail(dsn: str) -> None:
        raise LookupError(dsn)

    def build(_: str) -> None: ...

    with pytest.raises(LookupError):
        cluster.template(f"broken_{cluster.worker}", fail)
    assert cluster.template(f"broken_{cluster.worker}", build) == f"{cluster.run}_template_broken_{cluster.worker}"


def test_an_empty_database_is_empty(empty_database: str) -> None:
    with psycopg.connect(empty_database) as connection:
        tables = "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'"
        assert connection.execute(tables).fetchone() == (0,)
