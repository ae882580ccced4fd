"""Everything that is offered is explained, in the API and in both languages."""

import re
from collections.abc import Iterator

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    is_introspection_type,
)

from saas.engine.field import Choices
from saas.engine.registry import ObjectType
from saas.schema.build import schema

_HAN = re.compile(r"[\u4e00-\u9fff]")


def _described() -> Iterator[tuple[str, str | None]]:
    for name, kind in schema().type_map.items():
        if is_introspection_type(kind):
            continue
        yield name, kind.description
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
            for field_name, field in kind.fields.items():
                yield f"{name}.{field_name}", field.description
                for argument_name, argument in field.args.items():
                    yield f"{name}.{field_name}({argument_name})", argument.description
        elif isinstance(kind, GraphQLInputObjectType):
            for input_name, given in kind.fields.items():
                yield f"{name}.{input_name}", given.description


def test_no_description_is_a_leftover() -> None:
    leftover = re.compile(r"TODO|FIXME|None\.")
    assert [place for place, description in _described() if leftover.search(description or "")] == []


def test_every_enum_value_is_upper_case() -> None:
    enums = [kind for name, kind in schema().type_map.items() if isinstance(kind, GraphQLEnumType) and name[:2] != "__"]
    assert [value for kind in enums for value in kind.values if value != value.upper()] == []


def test_objects_and_fields_have_a_name_in_both_languages(one: ObjectType) -> None:
    labels = {"": one.record.facts.label, "plural": one.record.facts.plural}
    labels |= {name: field.label for name, field in one.fields.items()}
    for place, label in labels.items():
        assert re.fullmatch(r"[A-Z][\w /-]+", label.en), place
        assert _HAN.search(label.zh), place


def _chosen(one: ObjectType) -> Iterator[tuple[str, type[Choices]]]:
    """Whatever is one of a fixed set: states, choices of the object and of its lines, inputs of its actions."""
    fields = [*one.fields.values(), *(one.lines.fields.values() if one.lines else ())]
    inputs = [field for action in one.actions.values() for field in action.parameters.values()]
    for field in (*fields, *inputs):
        if field.choices is not None:
            yield field.name, field.choices


def test_states_and_choices_have_a_name_in_both_languages(one: ObjectType) -> None:
    for name, choices in _chosen(one):
        for each in choices:
            assert re.fullmatch(r"[A-Z][\w /-]+", each.label.en), (name, each)
            assert _HAN.search(each.label.zh), (name, each)
        for language in ("en", "zh"):
            assert len({each.label.in_language(language) for each in choices}) == len(choices), (name, language)
        told = schema().type_map[choices.__name__]
        assert isinstance(told, GraphQLEnumType)
        assert {value: description.description for value, description in told.values.items()} == {
            each.name: f"{each.label.en} / {each.label.zh}." for each in choices
        }


def test_no_two_fields_of_an_object_have_the_same_name_for_people(one: ObjectType) -> None:
    for language in ("en", "zh"):
        names = [field.label.in_language(language) for field in one.fields.values()]
        assert len(names) == len(set(names))
