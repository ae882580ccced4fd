"""Files and records: hung on them, listed, searched, and seen by whoever sees the record."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from saas.gateways.files import file_store
from saas.kit import ids
from saas.kit.settings import settings
from saas.modules.customers.contact import Contact
from saas.modules.customers.customer import Customer
from tests.contracts.ledger import marks
from tests.contracts.statements import counted
from tests.schema.hanging import announce, change, file_of
from tests.world import Person, World

DELETE = "mutation ($id: ID!) { fileDelete(id: $id) { id file { id } problems { code message path } } }"
LIST = """
query ($record: ID, $search: String, $first: Int, $after: String) {
  files(recordId: $record, search: $search, first: $first, after: $after) {
    nodes { id name recordIds } edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage endCursor }
  }
}
"""
AUDIT = "SELECT kind, changes -> 'files' FROM audit WHERE record_id = %s ORDER BY at, id"


@pytest.fixture(autouse=True, scope="module")
def _own_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("store")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SAAS_FILES", str(folder))
        settings.cache_clear()
        file_store.cache_clear()
        yield folder
    settings.cache_clear()
    file_store.cache_clear()


def names(person: Person, **asked: Any) -> list[str]:
    return [each["name"] for each in person.ask(LIST, **asked)["files"]["nodes"]]


def sees(person: Person, id_: str) -> bool:
    """By every way there is, which agree."""
    query = """
    query ($id: ID!, $ids: [ID!]!) {
      file(id: $id) { id } node(id: $id) { id ... on File { name } } nodes(ids: $ids) { id }
      files(first: 500) { nodes { id } }
    }
    """
    told = person.ask(query, id=id_, ids=[id_, str(person.id)])
    found = [
        told["file"],
        told["node"],
        told["nodes"][0],
        {"id": id_} if {"id": id_} in told["files"]["nodes"] else None,
    ]
    assert len({each is None for each in found}) == 1, found
    return found[0] is not None


def test_what_hangs_on_nothing_is_its_creators_alone(world: World) -> None:
    garage = world.garage
    id_ = file_of(garage.sam)
    assert UUID(id_).version == 8
    assert ids.code_of(UUID(id_)) == ids.FILE
    assert {name: sees(person, id_) for name, person in garage.people.items()} == {
        **dict.fromkeys(garage.people, False),
        "sam": True,
    }


def test_who_sees_the_record_sees_its_files(world: World) -> None:
    garage = world.garage
    customer = garage.make(Customer, owner_id=garage.sam.id, department_id=garage.departments["north"])
    id_ = file_of(garage.sam)
    assert change(garage.sam, "fileAttach", id_, customer) == {
        "id": id_,
        "file": {"recordIds": [str(customer)]},
        "problems": [],
    }
    reading = {"ada", "mona", "sam", "vera"}
    assert {name for name, person in garage.people.items() if sees(person, id_)} == reading
    assert names(garage.vera, record=str(customer)) == ["note.txt"]
    assert names(garage.sue, record=str(customer)) == []
    trash = "mutation ($id: ID!) { customerDelete(id: $id) { id problems { code } } }"
    assert garage.ada.ask(trash, id=str(customer))["customerDelete"]["problems"] == []
    assert not any(sees(person, id_) for person in garage.people.values())
    back = trash.replace("Delete", "Restore")
    assert garage.ada.ask(back, id=str(customer))["customerRestore"]["problems"] == []
    assert {name for name, person in garage.people.items() if sees(person, id_)} == reading


def test_a_record_that_belongs_to_another_has_files_too(world: World) -> None:
    garage = world.garage
    customer = garage.make(Customer, owner_id=garage.sue.id)
    contact = garage.make(Contact, customer_id=customer)
    id_ = file_of(garage.sue, recordId=str(contact))
    assert {name for name, person in garage.people.items() if sees(person, id_)} == {
        "ada",
        "mona",
        "sue",
        "vera",
    }


def test_a_file_hangs_on_several_records_and_each_viewer_knows_of_theirs(world: World) -> None:
    garage = world.garage
    mine, hers = garage.make(Customer, owner_id=garage.sam.id), garage.make(Customer, owner_id=garage.sue.id)
    id_ = file_of(garage.ada, recordId=str(mine))
    assert change(garage.ada, "fileAttach", id_, hers)["file"]["recordIds"] == [str(mine), str(hers)]
    one = "query ($id: ID!) { file(id: $id) { recordIds } }"
    assert garage.sam.ask(one, id=id_) == {"file": {"recordIds": [str(mine)]}}
    assert names(garage.sam, record=str(hers)) == []
    assert names(garage.sue, record=str(hers)) == ["note.txt"]


def test_attaching_needs_the_right_to_change_the_record(world: World) -> None:
    garage = world.garage
    customer = garage.make(Customer, owner_id=garage.sam.id)
    hers, his = file_of(garage.vera), file_of(garage.sue)
    before = marks(world, garage)

    def problems(person: Person, id_: str, record: UUID | str, verb: str = "fileAttach") -> list[tuple[str, list[str]]]:
        told = change(person, verb, id_, record)
        assert (told["id"], told["file"]) == (None, None)
        return [(each["code"], each["path"]) for each in told["problems"]]

    assert problems(garage.vera, hers, customer) == [("FORBIDDEN", [])]
    assert problems(garage.sue, his, customer) == [("NOT_FOUND", ["recordId"])]
    assert problems(garage.sam, hers, customer) == [("NOT_FOUND", ["id"])]
    assert problems(garage.sam, str(customer), customer) == [("NOT_FOUND", ["id"])]
    assert problems(garage.vera, hers, hers) == [("NOT_FOUND", ["recordId"])]
    assert problems(garage.sue, his, garage.sue.id, "fileDetach") == [("FORBIDDEN", [])]
    assert announce(garage.sue, recordId=str(customer))["problems"][0]["code"] == "NOT_FOUND"
    assert marks(world, garage) == before


def test_the_record_tells_which_files_came_and_went(world: World) -> None:
    garage = world.garage
    customer = garage.make(Customer, owner_id=garage.sam.id)
    id_ = file_of(garage.sam, "offer.pdf", recordId=str(customer))
    again = marks(world, garage)
    assert change(garage.sam, "fileAttach", id_, customer)["problems"] == []
    assert marks(world, garage) == again
    assert change(garage.sue, "fileDetach", id_, customer)["problems"][0]["code"] == "NOT_FOUND"
    assert change(garage.sam, "fileDetach", id_, customer) == {"id": id_, "file": {"recordIds": []}, "problems": []}
    told = f"{id_} offer.pdf"
    assert world.sql(garage, AUDIT, customer) == [
        ("created", None),
        ("updated", [[], [told]]),
        ("updated", [[told], []]),
    ]
    assert change(garage.sam, "fileDetach", id_, customer)["problems"] == [
        {"code": "NOT_FOUND", "message": "The file does not hang on this record.", "path": ["recordId"]}
    ]
    assert not sees(garage.mona, id_)


def test_all_or_nothing(world: World) -> None:
    sam, before = world.garage.sam, marks(world, world.garage)
    both = """
    mutation ($a: FileCreateInput!, $b: FileCreateInput!) {
      a: fileCreate(input: $a) { id uploadUrl problems { code } } b: fileCreate(input: $b) { id problems { code } }
    }
    """
    told = sam.ask(both, a={"name": "a", "size": 1}, b={"name": "", "size": 1})
    assert told == {
        "a": {"id": None, "uploadUrl": None, "problems": [{"code": "ROLLED_BACK"}]},
        "b": {"id": None, "problems": [{"code": "BAD_INPUT"}]},
    }
    assert marks(world, world.garage) == before


def test_files_are_found_by_their_names(world: World) -> None:
    garage = world.garage
    for name in ("Angebot Müller 2026.pdf", "客户报价单.xlsx", "100%_sure.txt", "zz top.txt"):
        file_of(garage.sue, name)
    found = {
        "muller": ["Angebot Müller 2026.pdf"],
        "2026 ANGEB": ["Angebot Müller 2026.pdf"],
        "报价": ["客户报价单.xlsx"],
        "100%": ["100%_sure.txt"],
        "zz": ["zz top.txt"],
        "nowhere": [],
    }
    assert {search: names(garage.sue, search=search) for search in found} == found
    assert names(garage.sam, search="muller") == []
    assert garage.sue.errors(LIST, search="!")[0]["extensions"]["code"] == "BAD_INPUT"


def test_pages_are_whole(world: World) -> None:
    garage = world.garage
    customer = garage.make(Customer, owner_id=garage.sam.id)
    made = [file_of(garage.sam, f"{number}.txt", recordId=str(customer)) for number in range(5)]
    found, after = [], None
    for has_next in (True, True, False):
        page = garage.sam.ask(LIST, record=str(customer), first=2, after=after)["files"]
        assert (page["pageInfo"]["hasNextPage"], page["pageInfo"]["hasPreviousPage"]) == (has_next, after is not None)
        assert [edge["node"]["id"] for edge in page["edges"]] == [node["id"] for node in page["nodes"]]
        found += [node["id"] for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
    assert found == made[::-1]
    foreign = garage.mona.errors(LIST, record=str(customer), after=after)
    assert foreign[0]["extensions"]["code"] == "BAD_INPUT"
    assert garage.sam.errors(LIST, first=501)[0]["extensions"]["code"] == "BAD_INPUT"


def test_only_what_hangs_on_nothing_is_deleted_and_only_by_its_creator(world: World) -> None:
    garage = world.garage
    customer = garage.make(Customer, owner_id=garage.sam.id)
    hangs, loose = file_of(garage.sam, recordId=str(customer)), file_of(garage.sam)
    before = marks(world, garage)
    assert garage.sam.ask(DELETE, id=hangs)["fileDelete"]["problems"][0]["code"] == "REFERENCED"
    assert garage.ada.ask(DELETE, id=loose)["fileDelete"]["problems"][0]["code"] == "NOT_FOUND"
    assert marks(world, garage) == before
    assert garage.sam.ask(DELETE, id=loose)["fileDelete"] == {"id": loose, "file": None, "problems": []}
    assert not sees(garage.sam, loose)
    assert garage.sam.ask(DELETE, id=loose)["fileDelete"]["problems"][0]["code"] == "NOT_FOUND"


def test_files_follow_a_merge_and_come_back(world: World) -> None:
    garage = world.garage
    into, gone = garage.make(Customer, owner_id=garage.sam.id), garage.make(Customer, owner_id=garage.ada.id)
    id_ = file_of(garage.ada, recordId=str(gone))
    merge = "mutation ($i: ID!, $f: [ID!]!) { customerMerge(into: $i, from: $f) { id problems { code message } } }"
    assert garage.ada.ask(merge, i=str(into), f=[str(gone)])["customerMerge"]["problems"] == []
    assert names(garage.sam, record=str(into)) == ["note.txt"]
    undo = "mutation ($id: ID!) { customerUnmerge(id: $id) { id problems { code message } } }"
    assert garage.ada.ask(undo, id=str(gone))["customerUnmerge"]["problems"] == []
    assert names(garage.ada, record=str(gone)) == ["note.txt"]
    assert not sees(garage.sam, id_)


def test_a_list_costs_as_many_statements_as_one(world: World) -> None:
    garage = world.garage
    customer, busy = (garage.make(Customer, owner_id=garage.sam.id) for _ in range(2))
    file_of(garage.sam, recordId=str(customer))
    for _ in range(6):
        file_of(garage.sam, recordId=str(busy))
    assert len(names(garage.sam, record=str(busy))) == 6
    with counted() as one:
        names(garage.sam, record=str(customer))
    with counted() as many:
        names(garage.sam, record=str(busy))
    assert len(many) == len(one)
