"""Addresses that were kept as single texts are carried over into their parts."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from saas.tenants.branches import TENANT, Branch
from saas.tenants.migrate import migrate, plan
from saas.tenants.provision import fill_pool
from tests.databases import Cluster
from tests.tenants.place import Place, settled_on

_FILLED = {"uuid": "gen_random_uuid()", "integer": "1", "boolean": "false", "ARRAY": "'{}'"}


@pytest.fixture(scope="module")
def place(cluster: Cluster) -> Iterator[Place]:
    with settled_on(cluster, "address") as settled:
        yield settled


def _before(tmp_path: Path) -> Branch:
    """The revisions before the one that is tested."""
    (mine,) = (TENANT.folder / "versions").glob("*_an_address_in_parts.py")
    (tmp_path / "versions").mkdir()
    for each in (TENANT.folder / "versions").glob("[0-9]*.py"):
        if each.name < mine.name:
            shutil.copy(each, tmp_path / "versions")
    return Branch("tenant", tmp_path)


def _insert(place: Place, schema: str, **values: Any) -> None:
    """A customer with these texts, their folded twins, and something in whatever must be there."""
    columns = place.ask(
        "SELECT column_name, data_type FROM information_schema.columns"
        " WHERE table_schema = %s AND table_name = 'customer' AND is_nullable = 'NO'",
        schema,
    )
    given = {name: f"'{text}'" for name, text in values.items()}
    given |= {f"{name}_folded": f"'{text.lower()}'" for name, text in values.items()}
    filled = {name: _FILLED.get(kind, "now()" if "time" in kind else "'x'") for name, kind in columns} | given
    names, texts = ", ".join(filled), ", ".join(filled.values())
    place.ask(f'INSERT INTO "{schema}".customer ({names}) VALUES ({texts})')


def test_five_texts_become_an_address(place: Place, tmp_path: Path) -> None:
    fill_pool("main", 1, branch=_before(tmp_path))
    ((schema,),) = place.ask("SELECT schema FROM directory.spare", database=place.directory)
    _insert(place, schema, name="a", address="Obere Str. 57", city="Berlin", postcode="12209", country="Germany")
    _insert(place, schema, name="b", city="杭州市", province="浙江省", country="中国")
    _insert(place, schema, name="c", country="Narnia")
    assert migrate(plan()).failed == []
    statement = f"""
        SELECT name, address_country, address_province, address_province_folded, address_city, address_street,
               address_street_folded, address_street2, address_postal_code FROM "{schema}".customer ORDER BY name"""
    assert place.ask(statement) == [
        ("a", "DE", None, None, "Berlin", "Obere Str. 57", "obere str. 57", None, "12209"),
        ("b", "CN", "浙江省", "浙江省", "杭州市", None, None, None, None),
        ("c", None, None, None, None, None, None, "Narnia", None),
    ]
