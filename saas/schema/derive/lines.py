"""The GraphQL types of a document's lines: read with it or in lists of their own, written with it only."""

from functools import cached_property

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLID,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
)

from saas.engine.write.lines import MAX_LINES
from saas.schema.derive.objects import Family


class LineFamily(Family):
    """Like that of an object, but a line is no node: version, access and trash are those of its document."""

    @cached_property
    def type(self) -> GraphQLObjectType:
        return GraphQLObjectType(self.one.type_name, self._fields, description=self.one.description)

    def _fields(self) -> dict[str, GraphQLField]:
        return {name: each for name, each in super()._fields().items() if name not in ("version", "access")}

    @cached_property
    def arguments(self) -> dict[str, GraphQLArgument]:
        return {name: each for name, each in super().arguments.items() if name != "trash"}

    @cached_property
    def create_input(self) -> GraphQLInputObjectType:
        fields = {"id": GraphQLInputField(GraphQLID, description="An id made by the client, in our layout.")}
        return self._named("Input", fields | self._inputs(creating=True), "A new line.")

    @cached_property
    def _change_input(self) -> GraphQLInputObjectType:
        fields = {"id": GraphQLInputField(GraphQLNonNull(GraphQLID), description="Which line.")}
        about = "Changes of a line: null clears, absence leaves."
        return self._named("UpdateInput", fields | self._inputs(creating=False), about)

    @cached_property
    def update_input(self) -> GraphQLInputObjectType:
        """What an update of the document says of its lines."""
        many = {
            "create": (self.create_input, "New lines, at the end where they name no position."),
            "update": (self._change_input, "Lines to change."),
            "delete": (GraphQLID, "Lines that go."),
        }
        fields = {
            name: GraphQLInputField(GraphQLList(GraphQLNonNull(kind)), description=about)
            for name, (kind, about) in many.items()
        }
        return self._named("ChangesInput", fields, f"What becomes of the lines; at most {MAX_LINES} remain.")

    def _named(self, suffix: str, fields: dict[str, GraphQLInputField], about: str) -> GraphQLInputObjectType:
        return GraphQLInputObjectType(f"{self.one.type_name}{suffix}", fields, description=about)
