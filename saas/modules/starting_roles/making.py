"""A template becomes a role of the company, which is then changed like any other."""

import sqlalchemy as sa

from saas.engine.problem import not_found
from saas.engine.registry import object_of
from saas.engine.scope import Scope
from saas.engine.write.create import create
from saas.engine.write.outcome import Outcome
from saas.modules.organisation.rights import role_grant
from saas.modules.organisation.role import Role
from saas.modules.organisation.specials import grant_specials
from saas.modules.starting_roles.templates import TEMPLATES, template_named


def role_created_from(scope: Scope, key: str, name: str | None, code: str | None) -> list[Outcome]:
    """A new role that grants what the template does; absent, its name and code are the template's.

    A role that is there already is never touched: its name and code are taken. Forbidden without role.create and
    role.update.
    """
    scope.need("role.create")
    scope.need("role.update")
    template = template_named(key)
    if template is None:
        known = ", ".join(each.key for each in TEMPLATES)
        return [Outcome(problems=[not_found(f"There is no template {key[:60]!r}; there are {known}.", "template")])]
    language = scope.tenant.language
    values = {
        "name": template.name.in_language(language) if name is None else name,
        "code": template.key if code is None else code,
        "description": template.description.in_language(language),
    }
    (outcome,) = create(scope, object_of(Role), [values])
    if isinstance(outcome.record, Role):
        role_grant(scope, outcome.record, template.grants)
        grant_specials(scope, outcome.record, template.specials)
    return [outcome]


def codes_in_use(scope: Scope) -> set[str]:
    """The codes of templates that a role has already. Forbidden without role.read."""
    scope.need("role.read")
    codes = [each.key for each in TEMPLATES]
    taken = sa.select(Role.code).where(Role.code.in_(codes), Role.deleted_at.is_(None))
    return {code for code in scope.session.execute(taken).scalars() if code}
