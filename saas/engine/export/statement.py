"""An export as one statement: the JSON of each record, as the list tells it to the same person."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from graphql import GraphQLSchema, OperationDefinitionNode, parse

from saas.engine.access.rows import reached
from saas.engine.asker import Asker
from saas.engine.export.columns import Chosen, chosen, is_hidden, title_of
from saas.engine.export.wish import ExportFormat, Wish
from saas.engine.plan.lists import rows_of_list
from saas.engine.plan.making import Making, as_rows
from saas.engine.plan.records import of_object
from saas.engine.read.listing import Listing
from saas.engine.registry import ObjectType
from saas.engine.rowsource import naming
from saas.engine.selection import Document, Picked
from saas.kit.errors import BadInput
from saas.tenants.names import quoted
from saas.tenants.reader_statement import SCHEMA


@dataclass(frozen=True, slots=True)
class Content:
    """What goes into the file: fields of the records, and of their lines, if these are wanted."""

    one: ObjectType
    fields: Chosen
    lines: Chosen | None

    @property
    def asked(self) -> str:
        """The selection on each record."""
        if self.lines is None:
            return self.fields.asked()
        return f"{self.fields.asked()} lines {{ {self.lines.asked()} }}"


@dataclass(frozen=True, slots=True)
class Query:
    """SQL with $1, $2 …, and their values as texts."""

    sql: str
    values: Sequence[bytes | None]


def content_of(asker: Asker, one: ObjectType, wish: Wish) -> Content:
    """What the wish means for this person; BadInput or Forbidden where it cannot be."""
    typed = wish.format is ExportFormat.JSON_LINES
    if wish.lines and one.lines is None:
        raise BadInput(f"{one.type_name} has no lines.", remedy="Leave `lines` out.", path=("lines",))
    fields = chosen(asker, one, wish.fields, "fields", with_id=typed)
    if not wish.lines or one.lines is None:
        if wish.line_fields is not None:
            raise BadInput("Fields of lines are asked for without lines.", remedy="Set `lines`.", path=("lineFields",))
        return Content(one, fields, None)
    return Content(one, fields, chosen(asker, one.lines, wish.line_fields, "lineFields", with_id=typed))


def query_of(asker: Asker, content: Content, wish: Wish) -> Query:
    """The statement for this person at this moment; BadInput or Forbidden for what a list would refuse."""
    one = content.one
    asked = content.asked
    if content.lines is not None and needs_title(asker, content, wish):
        asked = f"{asked} {title_of(one)}"
    making = Making(
        tenant=replace(asker.tenant, language=wish.language),  # of the labels of choices
        profile=asker.profile,
        now=asker.now,
        document=Document({}, {}, GraphQLSchema()),
        guards=[],
    )
    with naming():
        listing = Listing(making, one, wish.request)
        within = reached(making.profile, one, "export", as_rows(listing.table))
        sql = rows_of_list(making, listing, _picked(making.document, asked), of_object(one), [within])
        sql = f"{making.text.with_clause()} {sql}"
    values = [find(making) for find in making.parameters.made]
    return Query(sql.replace(SCHEMA, quoted(asker.tenant.schema)), values)


def needs_title(asker: Asker, content: Content, wish: Wish) -> bool:
    """Whether lines that stand apart from their documents tell by the title whose they are."""
    title = content.one.fields[content.one.record.facts.title]
    return wish.format is ExportFormat.XLSX and not is_hidden(asker, content.one, title)


def _picked(document: Document, asked: str) -> Picked:
    """What is asked of each record, as the field `nodes` of a list."""
    (operation,) = parse(f"{{ nodes {{ {asked} }} }}").definitions
    if not isinstance(operation, OperationDefinitionNode):
        raise TypeError("A selection is an operation.")
    (nodes,) = document.pick_roots(operation.selection_set)
    return nodes
