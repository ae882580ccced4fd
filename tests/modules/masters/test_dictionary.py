"""Dictionaries through the front door: what fields are chosen from, who may look after it, what stays."""

from graphql import GraphQLInputObjectType

from saas.engine.registry import object_of
from saas.engine.write.load import Target
from saas.engine.write.update import update
from saas.modules import plant_missing
from saas.modules.customers.choices import PAYMENT_TERMS, SOURCE
from saas.modules.customers.customer import Customer
from saas.modules.masters.dictionary import Dictionary, DictionaryEntry
from saas.schema.build import schema
from tests.contracts.factory import write
from tests.world import World

STANDARD = '{ dictionaries(filter: { code: { eq: "customer_source" } }) { nodes { id code name isSystem } } }'


def test_a_new_company_begins_with_the_standard_dictionaries(world: World) -> None:
    for person in (world.garage.ada, world.rival.rita):
        (node,) = person.ask(STANDARD)["dictionaries"]["nodes"]
        assert (node["code"], node["name"], node["isSystem"]) == ("customer_source", "Customer source", True)
        query = """
            query($id: ID!) {
              dictionaryEntries(filter: { dictionary: { id: { eq: $id } } }, first: 500) {
                nodes { code label labelZh rank isActive }
              }
            }"""
        entries = person.ask(query, id=node["id"])["dictionaryEntries"]["nodes"]
        assert entries[: len(SOURCE.entries)] == [
            {
                "code": entry.code,
                "label": entry.label.en,
                "labelZh": entry.label.zh,
                "rank": 10 * number,
                "isActive": True,
            }
            for number, entry in enumerate(SOURCE.entries, start=1)
        ]


def test_a_dictionary_that_is_missing_is_planted_later_and_one_that_is_there_stays(world: World) -> None:
    gone = "DELETE FROM dictionary_entry WHERE dictionary_id = (SELECT id FROM dictionary WHERE code = %s)"
    world.sql(world.rival, gone, SOURCE.code)
    world.sql(world.rival, "DELETE FROM dictionary WHERE code = %s", SOURCE.code)
    ours = world.sql(world.rival, "SELECT id, version FROM dictionary ORDER BY id")
    for _ in range(2):
        plant_missing(world.rival.tenant)
        now = world.sql(world.rival, "SELECT id, version FROM dictionary WHERE code <> %s ORDER BY id", SOURCE.code)
        assert now == ours
        assert len(world.rival.rita.ask(STANDARD)["dictionaries"]["nodes"]) == 1


def test_what_a_company_begins_with_is_in_its_audit(world: World) -> None:
    query = """
        SELECT a.kind, a.version, a.fields, p.kind FROM audit a JOIN principal p ON p.id = a.actor_id
        JOIN dictionary_entry e ON e.id = a.record_id WHERE e.code = 'net_30'"""
    fields = ["code", "dictionary_id", "is_active", "label", "label_zh", "rank"]
    assert world.sql(world.garage, query) == [("created", 1, fields, "system")]


def test_a_dictionary_that_fields_are_chosen_from_stays(world: World) -> None:
    (node,) = world.rival.rita.ask(STANDARD)["dictionaries"]["nodes"]
    refused = write(world.rival.rita, object_of(Dictionary), "Delete", id=node["id"])
    assert refused["id"] is None
    told = [(problem["code"], problem["message"]) for problem in refused["problems"]]
    assert ("REFERENCED", f"{len(SOURCE.entries)} dictionary entries refer to it as dictionary.") in told


def test_an_empty_standard_dictionary_stays_too(world: World) -> None:
    (id_,) = world.sql(world.rival, "SELECT id FROM dictionary WHERE code = %s", PAYMENT_TERMS.code)[0]
    of = object_of(DictionaryEntry)
    for (entry,) in world.sql(world.rival, "SELECT id FROM dictionary_entry WHERE dictionary_id = %s", id_):
        assert write(world.rival.rita, of, "Delete", id=str(entry))["problems"] == []
    refused = write(world.rival.rita, object_of(Dictionary), "Delete", id=str(id_))
    told = [(problem["code"], problem["message"]) for problem in refused["problems"]]
    assert told == [("RULE_BROKEN", "Fields are chosen from the dictionary payment_terms, so it stays.")]


def test_a_company_may_have_dictionaries_of_its_own(world: World) -> None:
    id_ = world.garage.make(Dictionary, name="Colours", code="colours")
    red = world.garage.make(DictionaryEntry, dictionary_id=id_, code="red", label="Red")
    again = {"dictionaryId": str(id_), "code": "RED", "label": "Also red"}
    (problem,) = write(world.garage.ada, object_of(DictionaryEntry), "Create", input=again)["problems"]
    assert (problem["code"], problem["path"], problem["existingId"]) == ("DUPLICATE", ["code"], str(red))
    assert problem["message"] == "Another dictionary entry has this dictionary and code already."
    other = world.garage.make(Dictionary, name="Signals", code="signals")
    world.garage.make(DictionaryEntry, dictionary_id=other, code="red", label="Red")


def test_codes_never_change(world: World) -> None:
    of = object_of(DictionaryEntry)
    dictionary = world.garage.make(Dictionary, name="Letters", code="letters")
    id_ = world.garage.make(DictionaryEntry, dictionary_id=dictionary, code="web", label="Web")
    given = schema().type_map["DictionaryEntryUpdateInput"]
    assert isinstance(given, GraphQLInputObjectType)
    assert sorted(given.fields) == ["isActive", "label", "labelZh", "rank"]
    with world.garage.scope() as scope:
        (changed,) = update(scope, of, [(Target(id_), {"code": "internet", "label": "Internet"})])
        told = [(problem.code, problem.path, problem.message) for problem in changed.problems]
        message = "Code is given once and never changed. Make a new record instead."
        assert told == [("BAD_INPUT", ("code",), message)]
        (same,) = update(scope, of, [(Target(id_), {"code": "web", "label": "Internet"})])
        assert (same.problems, same.changed) == ([], True)
    query = "query($id: ID!) { dictionaryEntry(id: $id) { access { writableFields } } }"
    writable = world.garage.ada.ask(query, id=str(id_))["dictionaryEntry"]["access"]["writableFields"]
    assert writable == ["label", "labelZh", "rank", "isActive"]


def test_two_tenants_share_no_entry(world: World) -> None:
    (id_,) = world.sql(world.garage, "SELECT id FROM dictionary WHERE code = %s", SOURCE.code)[0]
    world.garage.make(DictionaryEntry, dictionary_id=id_, code="ours", label="Ours", rank=1000)
    world.garage.make(Customer, source="ours")
    query = 'mutation { x: customerCreate(input: { name: "X", source: "ours" }) { id problems { code path } } }'
    refused = world.rival.rita.ask(query)["x"]
    assert refused == {"id": None, "problems": [{"code": "BAD_INPUT", "path": ["source"]}]}
