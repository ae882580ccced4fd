"""Names of schemas and roles are opaque and the only ones that reach SQL."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saas.kit.errors import BadInput, NotFound
from saas.tenants.directory import tenant_by_slug
from saas.tenants.names import checked_cell, is_slug, quoted, quoted_database, schema_of


@given(st.uuids(), st.uuids())
def test_every_tenant_has_a_schema_of_its_own(one: UUID, other: UUID) -> None:
    assert quoted(schema_of(one)) == f'"{schema_of(one)}"'
    assert (schema_of(one) == schema_of(other)) == (one == other)
    assert (schema_of(one) < schema_of(other)) == (one < other)


@pytest.mark.parametrize(
    "name", ["", "public", "t_", "t_" + "A" * 26, "t_" + "0" * 27, 't_0"; DROP', "t_" + "0" * 26 + "\n"]
)
def test_what_is_no_schema_of_a_tenant_never_gets_into_sql(name: str) -> None:
    with pytest.raises(BadInput, match="is not the name of a tenant's schema"):
        quoted(name)


@pytest.mark.parametrize("name", ["", "A", 'a"b', "a" * 64, "a-b", "1a", "a\n"])
def test_databases_have_plain_names(name: str) -> None:
    with pytest.raises(BadInput):
        quoted_database(name)


@pytest.mark.parametrize("name", ["", "A", "a b", "1a", "a" * 32])
def test_cells_have_plain_names(name: str) -> None:
    with pytest.raises(BadInput):
        checked_cell(name)


def test_what_cannot_be_a_slug_is_not_looked_for() -> None:
    assert not is_slug("a\x00b")
    with pytest.raises(NotFound):
        tenant_by_slug("a\x00b")
