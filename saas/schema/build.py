"""The schema, put together once a process: hand-made Strawberry types and the families derived from each object."""

from functools import cache
from typing import Any

import strawberry
from graphql import (
    GraphQLField,
    GraphQLObjectType,
    GraphQLSchema,
    print_schema,
    validate_schema,
)
from strawberry.schema.config import StrawberryConfig

import saas.modules
from saas.engine.read.buckets import DateBucket
from saas.engine.read.group_keys import Whole
from saas.engine.read.order import Direction
from saas.engine.read.request import Trash
from saas.engine.registry import ObjectType, listed
from saas.kit.errors import BadConfig
from saas.schema.apps import AppMutation, AppQuery
from saas.schema.connections import ConnectionMutation, ConnectionQuery
from saas.schema.deputies import DeputyMutation, DeputyQuery
from saas.schema.derive.actions import action_fields, bulk_actions
from saas.schema.derive.bulk import bulk_fields, standard_bulks
from saas.schema.derive.changes import change_fields
from saas.schema.derive.exporting import export_fields
from saas.schema.derive.families import families
from saas.schema.derive.files import FileLists
from saas.schema.derive.group_queries import group_fields
from saas.schema.derive.groups import groupings
from saas.schema.derive.jobs import job_fields, job_subscriptions
from saas.schema.derive.merging import merge_fields
from saas.schema.derive.mutations import mutation_fields
from saas.schema.derive.notifications import Notifications
from saas.schema.derive.objects import Family
from saas.schema.derive.queries import list_fields, node_fields, query_fields
from saas.schema.derive.search import search_fields
from saas.schema.derive.subscriptions import subscription_fields
from saas.schema.derive.words import Words
from saas.schema.explain import ExplainQuery
from saas.schema.exports import EXPORT_TYPES, ExportMutation, ExportQuery
from saas.schema.file_types import File
from saas.schema.files import FileMutation, FileQuery
from saas.schema.grants import GrantMutation, GrantQuery
from saas.schema.handmade import PROBLEM_TYPES, WRITE_TYPES, Count, Node, PageInfo, RecordAccess
from saas.schema.identity import IdentityMutation, IdentityQuery
from saas.schema.import_mappings import ImportMappingMutation, ImportMappingQuery
from saas.schema.import_revert import ImportRevertMutation
from saas.schema.imports import ImportMutation, ImportQuery
from saas.schema.invitations import InvitationMutation, InvitationQuery
from saas.schema.jobs import JobMutation, JobQuery
from saas.schema.notifications import NotificationMutation, NotificationQuery
from saas.schema.personal_tokens import PersonalTokenMutation, PersonalTokenQuery
from saas.schema.role_templates import RoleTemplateMutation, RoleTemplateQuery
from saas.schema.scalars import STRAWBERRY_SCALARS
from saas.schema.sharing import SharingMutation, SharingQuery
from saas.schema.sign_in_policies import SignInPolicyMutation, SignInPolicyQuery
from saas.schema.staffing import StaffingQuery
from saas.schema.viewer import ViewerQuery
from saas.schema.webhooks import WebhookMutation, WebhookQuery

MODULES = saas.modules


@strawberry.type(description="Reading.")
class Query(
    ViewerQuery,
    ImportQuery,
    ImportMappingQuery,
    ExportQuery,
    JobQuery,
    NotificationQuery,
    FileQuery,
    GrantQuery,
    ConnectionQuery,
    RoleTemplateQuery,
    DeputyQuery,
    StaffingQuery,
    SharingQuery,
    ExplainQuery,
    InvitationQuery,
    IdentityQuery,
    SignInPolicyQuery,
    PersonalTokenQuery,
    AppQuery,
    WebhookQuery,
):
    """The root fields that are written by hand."""


@strawberry.type(description="Writing.")
class Mutation(
    ImportMutation,
    ImportMappingMutation,
    ImportRevertMutation,
    ExportMutation,
    JobMutation,
    NotificationMutation,
    FileMutation,
    GrantMutation,
    RoleTemplateMutation,
    DeputyMutation,
    SharingMutation,
    ConnectionMutation,
    InvitationMutation,
    IdentityMutation,
    SignInPolicyMutation,
    PersonalTokenMutation,
    AppMutation,
    WebhookMutation,
):
    """Likewise."""


@cache
def schema() -> GraphQLSchema:
    """The schema over every registered object and its lines."""
    return build(listed())


def sdl() -> str:
    """The schema as text, as `schema.graphql` holds it."""
    return print_schema(schema()) + "\n"


def build(registered: tuple[ObjectType, ...]) -> GraphQLSchema:
    """A schema over these objects and lines."""
    handmade = strawberry.Schema(
        query=Query,
        mutation=Mutation,
        types=[Node, PageInfo, Count, RecordAccess, Trash, Direction, Whole, DateBucket, *WRITE_TYPES, *EXPORT_TYPES],
        config=StrawberryConfig(scalar_map=STRAWBERRY_SCALARS, disable_field_suggestions=True),
    )._schema
    words = Words(handmade.type_map)
    words.node.resolve_type = _type_of_node
    files = FileLists(words)
    derived = families(registered, words, files)
    queries: dict[str, GraphQLField] = node_fields(words) | search_fields(words) | change_fields(words) | files.root()
    notifications = Notifications(words)
    queries |= job_fields(words) | notifications.queries()
    mutations: dict[str, GraphQLField] = {}
    subscriptions: dict[str, GraphQLField] = job_subscriptions(words) | notifications.subscriptions()
    for family in derived.values():
        if family.one.document is not None:
            queries |= _of(family.one, list_fields(family))
            continue
        queries |= _of(family.one, query_fields(family))
        mutations |= _of(family.one, _written(family, words))
        subscriptions |= _of(family.one, subscription_fields(family))
    for grouping in groupings(derived, words).values():
        queries |= _of(grouping.one, group_fields(grouping))
    complete = GraphQLSchema(
        query=_root(handmade.query_type, "Query", "Reading.", queries),
        mutation=_root(handmade.mutation_type, "Mutation", "Writing; one operation is one transaction.", mutations),
        subscription=_root(None, "Subscription", "Being told.", subscriptions),
        types=[*(family.type for family in derived.values()), *(words.type_named(t.__name__) for t in PROBLEM_TYPES)],
        directives=handmade.directives,
        extensions=handmade.extensions,
        description="Atrium: customers, and all that one does with them.",
    )
    _check(complete)
    return complete


def root_fields_of(object_name: str) -> dict[str, list[str]]:
    """The root fields that are derived from the object and its lines, by what they are for."""
    roots = {"Queries": schema().query_type, "Mutations": schema().mutation_type}
    roots["Subscriptions"] = schema().subscription_type
    return {
        kind: [name for name, field in root.fields.items() if field.extensions.get("object") == object_name]
        for kind, root in roots.items()
        if root
    }


def _of(one: ObjectType, fields: dict[str, GraphQLField]) -> dict[str, GraphQLField]:
    """The fields, each with the object that it is derived from; those of lines with that of their document."""
    for field in fields.values():
        field.extensions["object"] = one.rights
    return fields


def _written(family: Family, words: Words) -> dict[str, GraphQLField]:
    """All mutations of one object."""
    actions = action_fields(family, words)
    bulks = [*standard_bulks(family, words), *bulk_actions(family, words, actions)]
    alone = mutation_fields(family, words) | actions
    several = bulk_fields(family, words, bulks) | merge_fields(family, words)
    return alone | several | export_fields(family, words)


def _root(
    handmade: GraphQLObjectType | None, name: str, description: str, derived: dict[str, GraphQLField]
) -> GraphQLObjectType:
    fields = {} if handmade is None else dict(handmade.fields)
    clash = fields.keys() & derived.keys()
    if clash:
        raise BadConfig(f"{name}.{clash.pop()} is both hand-made and derived.", remedy="Rename one of the two.")
    return GraphQLObjectType(name, fields | derived, description=description)


def _type_of_node(value: Any, _info: Any, _interface: Any) -> str:
    if isinstance(value, File):
        return File.__name__
    one: ObjectType = value["__object"]
    return one.type_name


def _check(complete: GraphQLSchema) -> None:
    errors = validate_schema(complete)
    if errors:
        raise BadConfig("; ".join(error.message for error in errors), remedy="Mend the declaration of the object.")
