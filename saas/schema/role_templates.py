"""Roles to start from in the API: what there is, and one made of it."""

from typing import Annotated

import strawberry
from strawberry.types import Info

from saas.engine.scope import Scope
from saas.modules.starting_roles.making import codes_in_use, role_created_from
from saas.modules.starting_roles.templates import TEMPLATES, RoleTemplate
from saas.schema.grant_types import LimitTold, RightTold, limit_told, right_told
from saas.schema.grants import RightsPayload
from saas.schema.sharing import done
from saas.schema.special_types import SpecialTold, specials_told

Key = Annotated[str, strawberry.argument(description="Its key, as `roleTemplates` tells it.")]
Name = Annotated[str | None, strawberry.argument(description="What the role is called; absent: as the template.")]
Code = Annotated[str | None, strawberry.argument(description="Its code; absent: the key of the template.")]


@strawberry.type(name="RoleTemplate", description="A role to start from.")
class RoleTemplateTold:
    key: str = strawberry.field(description="How it is named in requests; the code of a role that is made of it.")
    name: str = strawberry.field(description="What it is called, in the language of the company.")
    description: str = strawberry.field(description="Who it is for, likewise.")
    rights: list[RightTold] = strawberry.field(description="What it may.")
    limits: list[LimitTold] = strawberry.field(description="Where it has less than full access.")
    specials: list[SpecialTold] = strawberry.field(description="What it permits specially.")
    is_in_use: bool = strawberry.field(description="Whether a role with its code is there already.")


def _templates(info: Info) -> list[RoleTemplateTold] | None:
    scope: Scope = info.context.scope
    in_use = codes_in_use(scope)
    return [_told(each, scope.tenant.language, is_in_use=each.key in in_use) for each in TEMPLATES]


def _told(template: RoleTemplate, language: str, *, is_in_use: bool) -> RoleTemplateTold:
    grants = template.grants
    return RoleTemplateTold(
        key=template.key,
        name=template.name.in_language(language),
        description=template.description.in_language(language),
        rights=[right_told(each) for each in sorted(grants.rights, key=str)],
        limits=[limit_told(each) for each in sorted(grants.limits, key=str)],
        specials=specials_told(template.specials),
        is_in_use=is_in_use,
    )


def _create(info: Info, template: Key, name: Name = None, code: Code = None) -> RightsPayload | None:
    id_, problems = done(info, lambda on: role_created_from(on.scope, template, name, code))
    return RightsPayload(id=id_, problems=problems)


@strawberry.type(description="Looking at roles to start from.")
class RoleTemplateQuery:
    role_templates: list[RoleTemplateTold] | None = strawberry.field(
        resolver=_templates, description="Roles to start from; for who may read roles."
    )


@strawberry.type(description="Making roles from templates.")
class RoleTemplateMutation:
    role_create_from_template: RightsPayload | None = strawberry.mutation(
        resolver=_create,
        description="Make a role that grants what a template does; one that is there already is never touched.",
    )
