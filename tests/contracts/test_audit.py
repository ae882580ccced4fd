"""Each write leaves one audit row that says who did what to which record, and what it was before."""

from saas.engine.field import Kind
from saas.engine.registry import ObjectType
from saas.kit.text import camel
from tests.contracts.factory import Values, changeable
from tests.contracts.life import Life
from tests.world import World


def _stored(one: ObjectType, values: Values) -> Values:
    """Input as the audit tells it: by column, amounts as the base currency's."""
    found: Values = {}
    for name, field in one.all_fields.items():
        value = values.get(camel(name))
        if field.system or value is None:
            continue
        if field.parts:
            found |= {each: value[one.fields[each].spelled[1]] for each in field.parts}
            continue
        if field.choices:
            value = field.choices[value].value
        elif field.kind in (Kind.MONEY, Kind.UNIT_PRICE):
            found[field.currency] = value["currency"]
            value = value["amount"]
        found[name] = value
    return found


def _told(one: ObjectType, changes: dict[str, list[object]], place: int) -> Values:
    """One side of the audited changes, numbers without the zeros that the column adds."""
    numbers = (Kind.MONEY, Kind.UNIT_PRICE, Kind.QUANTITY, Kind.PERCENT, Kind.RATE)
    return {
        name: str(pair[place]).rstrip("0").rstrip(".") if one.all_fields[name].kind in numbers else pair[place]
        for name, pair in changes.items()
    }


def _plain(one: ObjectType, values: Values) -> Values:
    return _told(one, {name: [value] for name, value in values.items()}, 0)


def _scope(one: ObjectType, id_: str, values: Values) -> Values:
    facts, state = one.record.facts, one.state
    own = (facts.owner, facts.department, facts.region, facts.business_line)
    names = [name for name in (*own, facts.inherits) if name]
    found = {name: id_ if name == "id" else values[camel(name)] for name in names}
    return found if state is None else {**found, state.name: _stored(one, values)[state.name]}


def test_each_kind_tells_actor_version_fields_and_both_sides(world: World, one: ObjectType, life: Life) -> None:
    ada, id_, first, second = world.garage.ada, life.id, life.given["first"], life.given["second"]
    rows = life.audits["life"]
    assert [(row["kind"], row["version"]) for row in rows] == [
        ("created", 1),
        ("updated", 2),
        ("deleted", 3),
        ("restored", 4),
    ]
    for row in rows:
        assert (row["object"], row["actor_id"], row["record_id"]) == (one.name, str(ada.id), id_)
        assert row["request_id"]
        assert row["fields"] == sorted(row["changes"])
    created, updated, deleted, restored = rows
    assert _told(one, created["changes"], 1) == _plain(one, _stored(one, first))
    assert {pair[0] for pair in created["changes"].values()} == {None}
    before, after = _stored(one, changeable(one, first)), _stored(one, second)
    currencies = {name for name in before if one.all_fields[name].kind is Kind.CURRENCY}
    same = {name for name in currencies if before[name] == after.get(name, before[name])}
    for place, values in enumerate((before, after)):
        changed = {name: value for name, value in values.items() if name not in same}
        assert _told(one, updated["changes"], place) == _plain(one, changed)
    assert (deleted["fields"], restored["fields"]) == (["deleted_at"], ["deleted_at"])
    assert deleted["changes"]["deleted_at"][0] is None
    assert restored["changes"]["deleted_at"] == deleted["changes"]["deleted_at"][::-1]

    scopes = [(row["scope_before"], row["scope_after"]) for row in rows]
    begun, moved = _scope(one, id_, first), _scope(one, id_, {**first, **second})
    assert scopes == [(None, begun), (begun, moved), (moved, moved), (moved, moved)]


def test_all_rows_of_one_operation_carry_one_transaction(life: Life) -> None:
    """The feed hands on whole transactions: the rows of one carry its number, those of the next a higher one."""
    numbers = [life.audits[name][0]["xid"] for name in ("required", "ahead", "life")]
    assert numbers[0] == numbers[1]
    assert int(numbers[2]) > int(numbers[1])
