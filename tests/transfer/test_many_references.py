"""Cells that name several records: a customer's tags."""

import itertools
from typing import Any

import pytest

from saas.kit.errors import BadInput
from saas.modules.masters.tag import Tag
from tests.contracts.statements import counted
from tests.transfer.place import bring, sentences, tally
from tests.world import World

_numbers = itertools.count(1)


@pytest.fixture
def marks(world: World) -> tuple[str, str]:
    """Two tags that no other test uses."""
    number = next(_numbers)
    found = f"Hot {number}", f"Cold, very {number}"
    for name in found:
        world.garage.make(Tag, name=name)
    return found


def with_tags(**tags: Any) -> dict[str, Any]:
    columns = {"code": "code", "name": "code", "tags": {"column": "tags", **tags}}
    return {"object": "customer", "key": ["code"], "columns": columns}


def tags_of(world: World, code: str) -> list[str]:
    query = "query($code: String!) { customers(filter: { code: { eq: $code } }) { nodes { tags { name } } } }"
    (customer,) = world.garage.ada.ask(query, code=code)["customers"]["nodes"]
    return [tag["name"] for tag in customer["tags"]]


def fresh() -> str:
    return f"many {next(_numbers)}"


def test_a_cell_names_several_and_the_list_is_replaced_as_a_whole(world: World, marks: tuple[str, str]) -> None:
    (hot, cold), code, tenant = marks, fresh(), world.garage.tenant
    cell = f'"{cold.upper()} ;; {hot};{cold}"'
    assert tally(bring(tenant, f"code,tags\n{code},{cell}\n", with_tags())[0]) == {"rows": 1, "created": 1}
    assert tags_of(world, code) == [cold, hot]
    assert tally(bring(tenant, f"code,tags\n{code},{cell}\n", with_tags())[0]) == {"rows": 1, "unchanged": 1}
    assert tally(bring(tenant, f"code,tags\n{code},{hot}\n", with_tags())[0]) == {"rows": 1, "updated": 1}
    assert tags_of(world, code) == [hot]
    kept, _ = bring(tenant, f"code,tags\n{code},\n", with_tags(skip_empty=True))
    assert tally(kept) == {"rows": 1, "unchanged": 1}
    assert tally(bring(tenant, f"code,tags\n{code},\n", with_tags())[0]) == {"rows": 1, "updated": 1}
    assert tags_of(world, code) == []


def test_each_unknown_name_refuses_its_row_with_the_reason(world: World, marks: tuple[str, str]) -> None:
    (hot, _), bad, good = marks, fresh(), fresh()
    counts, issues = bring(world.garage.tenant, f"code,tags\n{bad},{hot};warm;mild\n{good},{hot}\n", with_tags())
    assert tally(counts) == {"rows": 2, "created": 1, "refused": 1}
    assert sentences(issues) == [
        "2 error NOT_FOUND Tags: there is no tag with the name “warm”.",
        "2 error NOT_FOUND Tags: there is no tag with the name “mild”.",
    ]
    assert [issue.field for issue in issues] == ["tags", "tags"]
    assert world.sql(world.garage, "SELECT count(*) FROM customer WHERE code = %s", bad) == [(0,)]
    assert tags_of(world, good) == [hot]


def test_another_separator_several_columns_and_corrections(world: World, marks: tuple[str, str]) -> None:
    (hot, cold), code = marks, fresh()
    values = {"warm": hot}
    mapping = with_tags(separator="、", values=values)
    counts, _ = bring(world.garage.tenant, f'code,tags\n{code},"{cold}、Warm"\n', mapping)
    assert (tally(counts), tags_of(world, code)) == ({"rows": 1, "created": 1}, [cold, hot])
    mapping["columns"]["tags"] = {"columns": ["a", "b"], "values": values}
    counts, _ = bring(world.garage.tenant, f'code,a,b\n{code},warm,"{cold}"\n', mapping)
    assert (tally(counts), tags_of(world, code)) == ({"rows": 1, "updated": 1}, [hot, cold])


def test_more_than_a_record_can_have_is_refused(world: World) -> None:
    names = [f"T{next(_numbers)}" for _ in range(101)]
    world.garage.make_many(Tag, [{"name": name} for name in names])
    counts, issues = bring(world.garage.tenant, f"code,tags\n{fresh()},{';'.join(names)}\n", with_tags())
    assert tally(counts) == {"rows": 1, "refused": 1}
    assert sentences(issues) == ["2 error BAD_INPUT Tags: a record has at most 100 of them."]
    assert issues[0].field == "tags"


def test_a_list_is_no_key(world: World) -> None:
    with pytest.raises(BadInput, match=r"mapping: key: tags is a references\. Use a code, a name or a reference"):
        bring(world.garage.tenant, "code,tags\na,b\n", with_tags() | {"key": ["tags"]})


def test_one_statement_finds_all_names_of_a_chunk(world: World, marks: tuple[str, str]) -> None:
    needed: list[int] = []
    for number in (1, 1, 20):  # what a process looks up once, it looks up in the first
        codes = [fresh() for _ in range(number)]
        rows = "".join(f'{code},"{";".join(marks[: 1 + i % 2])}"\n' for i, code in enumerate(codes))
        with counted() as sent:
            counts, _ = bring(world.garage.tenant, f"code,tags\n{rows}", with_tags())
        assert tally(counts) == {"rows": number, "created": number}
        needed.append(len(sent))
    assert needed[1] == needed[2]
