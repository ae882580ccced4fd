"""The fields of any object as they are selected."""

from saas.engine.field import Field, Kind
from saas.engine.registry import ObjectType
from saas.kit.text import camel

REFERENCES = (Kind.REFERENCE, Kind.REFERENCES)


def selection(one: ObjectType) -> str:
    """Every field of `one`, references by their ids."""
    own = ["id"] if one.document else ["id", "version"]
    return " ".join([*own, *(selected(field) for field in (*one.shown, *one.links.values()))])


def line_selection(one: ObjectType) -> str:
    """Every field of a line, references by their ids."""
    return " ".join(["id", *(selected(field) for field in one.shown if not field.system)])


def selected(field: Field) -> str:
    """The field as it is selected, a reference by its id."""
    if field.kind in REFERENCES:
        return f"{camel(field.api)} {{ id }}"
    if field.kind in (Kind.MONEY, Kind.UNIT_PRICE):
        return f"{camel(field.api)} {{ amount currency baseAmount }}"
    if field.dictionary:
        return f"{camel(field.api)} {{ code label rank }}"
    if field.kind is Kind.ADDRESS:
        return f"{camel(field.api)} {{ country province city district street street2 postalCode }}"
    return camel(field.api)
