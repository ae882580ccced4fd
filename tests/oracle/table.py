"""The table of the oracle: who holds which roles, what roles grant, and which records there are."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from tests.oracle.rules import HIDDEN, MASKED, READ, RELATIONS, ROWS, Company, Person, Role, Share, Thing

DEPARTMENTS = {"head": None, "sales": "head", "north": "sales", "service": "head"}
REGIONS = {"top": None, "below": "top", "aside": None}
LINES = ("hers", "another")
STAGES = ("prospecting", "engaging", "won", "lost")
ACTIONS = ("advance", "win", "lose", "reopen", "discount")
FROM = {
    "advance": ("prospecting",),
    "win": ("engaging",),
    "lose": ("prospecting", "engaging"),
    "reopen": ("won", "lost"),
    "discount": ("prospecting", "engaging"),
}
GROUPS = {"opportunity": ("amount",), "customer": ("contact", "finance"), "contact": ("contact",), "product": ("cost",)}
WRITING = ("create", "update", "delete", "restore")
EVERYTHING = ("read", "export", *WRITING, *ACTIONS, "share")
NOT_MINE = tuple(relation for relation in RELATIONS if relation != "owner")


def grants(*lines: tuple[str, str, tuple[str, ...]]) -> Mapping[tuple[str, str], tuple[str, ...]]:
    """Rights, told as (scope, objects, operations)."""
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    for scope, those, operations in lines:
        for one in those.split():
            for operation in operations:
                if operation in ACTIONS and one != "opportunity":
                    continue
                if operation == "share" and one == "contact":
                    continue
                found[one, operation] = (*found.get((one, operation), ()), scope)
    return found


def limited(
    one: str, group: str, level: str, relations: tuple[str, ...] = RELATIONS, stage: str | None = None
) -> dict[tuple[str, str, str, str | None], str]:
    return {(one, group, relation, stage): level for relation in relations}


MASTERS = ("all", "employee department region business_line", ("read",))
CUSTOMERS, DEALS = "customer contact", "opportunity"
ROLES = {
    "administrator": Role({("*", "*"): ("all",)}),
    "seller": Role(
        grants(MASTERS, ("own", f"{CUSTOMERS} {DEALS}", EVERYTHING), ("all", "product", ("read",))),
        limited("customer", "finance", HIDDEN, NOT_MINE)
        | limited("product", "cost", HIDDEN)
        | limited("opportunity", "amount", READ, ("owner",), "won")
        | limited("opportunity", "amount", HIDDEN, ("participant",)),
    ),
    "manager": Role(
        grants(MASTERS, ("department_tree", f"{CUSTOMERS} {DEALS}", EVERYTHING), ("all", "product", ("read", "share"))),
        limited("customer", "contact", MASKED, ("others", "participant"))
        | limited("contact", "contact", MASKED, ("others", "same_department"))
        | limited("opportunity", "amount", HIDDEN, ("same_department",), "lost")
        | limited("product", "cost", READ),
    ),
    "team leader": Role(
        grants(MASTERS, ("own_and_subordinates", f"{CUSTOMERS} {DEALS}", ("read", "update", "delete", "win", "lose"))),
        limited("opportunity", "amount", READ, ("superior",)) | limited("customer", "finance", READ, ("superior",)),
    ),
    "viewer": Role(
        grants(MASTERS, ("all", f"{CUSTOMERS} {DEALS} product", ("read",)), ("own", CUSTOMERS, ("export",))),
        limited("customer", "contact", MASKED)
        | limited("contact", "contact", HIDDEN)
        | limited("customer", "finance", HIDDEN)
        | limited("opportunity", "amount", HIDDEN, ("others", "same_department"), "won")
        | limited("opportunity", "amount", MASKED, ("others",), "engaging")
        | limited("product", "cost", HIDDEN, ("participant",)),
    ),
    "colleague": Role(
        grants(MASTERS, ("department", f"{CUSTOMERS} {DEALS}", ("read", "create", "share", "advance"))),
        limited("opportunity", ROWS, HIDDEN, ("participant",), "won")
        | limited("opportunity", ROWS, HIDDEN, ("participant",), "lost"),
    ),
    "regional": Role(
        grants(MASTERS, ("region_tree", f"customer {DEALS}", ("read", "update", "restore", "reopen"))),
        limited("opportunity", "amount", HIDDEN, NOT_MINE),
    ),
    "product manager": Role(
        grants(MASTERS, ("business_line", f"product {DEALS}", EVERYTHING)),
        limited("opportunity", "amount", READ, ("others",)),
    ),
    "editor": Role(
        grants(
            MASTERS,
            ("own", f"{CUSTOMERS} {DEALS}", ("read",)),
            ("all", f"{CUSTOMERS} {DEALS}", ("create", "update", "delete")),
        ),
        limited("customer", "contact", READ, ("participant", "owner")),
    ),
    "clerk": Role(grants(MASTERS, ("all", "product", ("read", *WRITING)))),
}
PEOPLE = {
    each.name: each
    for each in (
        Person("olga", "head", ("administrator",)),
        Person("boss", "sales", ("manager",), region="top"),
        Person("low", "north", ("seller",), superior="boss", line="hers"),
        Person("tom", "sales", ("team leader",)),
        Person("peer", "sales", ("seller", "regional"), superior="tom", region="top"),
        Person("vic", "service", ("viewer",)),
        Person("dee", "north", ("colleague", "product manager"), line="hers"),
        Person("eli", "service", ("editor", "clerk")),
        Person("cass", "north", ("viewer", "seller"), superior="peer"),
        Person("ned", "service", ()),
        Person("ivy", "service", ("seller",), stands_in_for=("low", "boss")),
    )
}
COMPANY = Company(PEOPLE, ROLES, DEPARTMENTS, REGIONS)
PLACES = (
    Thing("", "of boss", "boss", "sales"),
    Thing("", "of low", "low", "north"),
    Thing("", "of peer", "peer", "sales", participants=("boss", "dee")),
    Thing("", "of cass elsewhere", "cass", "service", "below"),
    Thing("", "of eli", "eli", "service"),
    Thing("", "of nobody in north", None, "north"),
    Thing("", "of nobody at all"),
    Thing("", "with many", "vic", "service", participants=("boss", "low", "dee", "peer", "eli")),
    Thing("", "shared to read", "vic", shares=(Share("low", "read"), Share("manager", "read"), Share("north", "read"))),
    Thing("", "shared to write", "eli", "head", shares=(Share("sales", "write"), Share("seller", "write"))),
    Thing("", "shared once", "vic", shares=(Share("boss", "write", True), Share("low", "write", True))),
    Thing("", "in the region below", "vic", None, "below"),
    Thing("", "in the region aside", None, None, "aside"),
)
HUB = Thing("", "known to all", shares=(Share("head", "read"),))  # all others refer to it
DELETED = ("of low", "of cass elsewhere", "shared to write", "of nobody in north")
PRODUCTS = (
    Thing("product", "of her line", line="hers"),
    Thing("product", "of another line", line="another", participants=("low", "vic")),
    Thing("product", "of no line", shares=(Share("dee", "read"),)),
    Thing("product", "of another line, shared", line="another", shares=(Share("north", "write"),)),
    Thing("product", "of her line, deleted", line="hers", is_deleted=True),
    Thing("product", "of no line, deleted", is_deleted=True),
)


def _things() -> Iterator[Thing]:
    for number, place in enumerate(PLACES):
        for stage in STAGES:
            line = LINES[number % 2] if stage == "engaging" else None
            yield replace(place, object="opportunity", name=f"{place.name}, {stage}", stage=stage, line=line)
        customer = replace(place, object="customer")
        yield customer
        yield Thing("contact", f"at {place.name}", of=customer)
        if place.name in DELETED:
            name = f"{place.name}, deleted"
            yield Thing("contact", f"at {name}", of=customer, is_deleted=True)
            yield replace(place, object="customer", name=name, is_deleted=True)
            yield replace(place, object="opportunity", name=name, stage="engaging", is_deleted=True)
        if number % 2:
            yield replace(HUB, object="opportunity", name=f"to {place.name}", stage="prospecting")
    hub = replace(HUB, object="customer")
    yield from (hub, Thing("contact", f"at {HUB.name}", of=hub), *PRODUCTS)


THINGS = tuple(_things())
