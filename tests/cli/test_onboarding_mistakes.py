"""Every mistake that an onboarding file can hold is told with its line, and nothing is made."""

import pytest

from saas.tenants.directory import tenants
from tests.cli.onboarding_place import Operator

TENANT = "tenant: {slug: mistaken, name: Mistaken}\n"


def role(rest: str) -> str:
    return f"{TENANT}roles:\n- {{code: a, name: A, {rest}}}"


def person(rest: str) -> str:
    return f"{TENANT}people:\n- {{code: a, name: A, {rest}}}"


def hiding(fields: str) -> str:
    return role(f'grants: {{"*": {{read: all}}}}, fields: {{{fields}}}')


FILES = {
    "no YAML": ("tenant: {slug: x", "line 1, column 17: expected ',' or '}'"),
    "a tab": ("tenant:\n\tslug: x", "line 2, column 1: found character '\\t'"),
    "nothing in it": ("", "org.yaml is empty"),
    "a list": ("- a", "line 1: keys with values is needed here"),
    "no tenant": ("people: []", "line 1, tenant: is missing"),
    "an unknown key": (f"{TENANT}colour: red", "line 2, colour: is no key; there are tenant, limits, branches, "),
    "a key twice": (f"{TENANT}people:\n- code: a\n  code: b", "people.0.code: stands here twice, in lines 3 and 4"),
    "a program": (f"{TENANT}people: !!python/object:os.system x", "people: tag:yaml.org,2002:python/object:os.system"),
    "no end": (f"{TENANT}roles: &a [*a]", "deeper or larger than can be meant"),
    "a bad slug": ("tenant: {slug: Bad Slug, name: X}", "line 1, tenant.slug: 'Bad Slug' cannot be the slug"),
    "a bad currency": ("tenant: {slug: x1, name: X, baseCurrency: euro}", "tenant.baseCurrency: 'euro' is not a"),
    "a bad time zone": ("tenant: {slug: x1, name: X, timeZone: Mars}", "tenant.timeZone: 'Mars' is not a time zone"),
    "a bad language": ("tenant: {slug: x1, name: X, language: fr}", "tenant.language: 'fr' is not a language"),
    "departments in a circle": (
        f"{TENANT}departments:\n- {{code: a, name: A, parent: b}}\n- {{code: b, name: B, parent: a}}",
        "line 3, departments.0.parent: this makes a circle: a → b → a",
    ),
    "a parent that is nowhere": (
        f"{TENANT}departments:\n- {{code: a, name: A, parent: b}}",
        "line 3, departments.0.parent: there is no department with the code 'b'",
    ),
    "an empty code": (f"{TENANT}roles:\n- {{code: '', name: A}}", "roles.0.code: a code has at least one character"),
    "a number as code": (f"{TENANT}roles:\n- {{code: 7, name: A}}", "roles.0.code: is read as 7, a text is needed"),
    "a code twice": (
        f"{TENANT}people:\n- {{code: a, name: A}}\n- {{code: A, name: B}}",
        "line 4, people.1.code: the code 'A' stands here for the second time",
    ),
    "an address twice": (
        f"{TENANT}people:\n- {{code: a, name: A, email: a@x.org}}\n- {{code: b, name: B, email: A@x.org}}",
        "line 4, people.1.email: the email 'A@x.org' stands here for the second time",
    ),
}
ROLES = {
    "a name that is read as no": (f"{TENANT}roles:\n- {{code: a, name: NO}}", "is read as false, a text is needed"),
    "an unknown object": (
        role("grants: {custmer: {read: all}}"),
        "line 3, roles.0.grants.custmer: there is no object 'custmer' (did you mean customer? there are ",
    ),
    "an unknown operation": (role("grants: {customer: {see: all}}"), "there is no operation 'see' (there are read, "),
    "an unknown scope": (role("grants: {customer: {read: mine}}"), "there is no scope 'mine' (there are own, "),
    "a scope that reaches nothing": (role("grants: {product: {read: own}}"), "own would reach no product"),
    "an unknown field group": (
        hiding("customer: {money: hidden}"),
        "roles.0.fields.customer.money: there is no field group 'money' (there are assignment, contact, finance)",
    ),
    "fields of an unknown object": (hiding("*: {money: hidden}"), "line 3"),
    "an unknown relation": (
        hiding("customer: {finance: {boss: read, others: hidden}}"),
        "there is no relation 'boss' (there are owner, superior, participant, same_department, others)",
    ),
    "relations without the rest": (
        hiding("customer: {finance: {owner: write}}"),
        "roles.0.fields.customer.finance: others is missing",
    ),
    "an unknown access": (
        hiding("customer: {finance: seen}"),
        "there is no access 'seen' (there are hidden, masked, read, write)",
    ),
    "fields that are no keys": (hiding("customer: finance"), "roles.0.fields.customer: keys with values are needed"),
    "a position that is nowhere": (
        role("onlyFor: [{position: boss, grants: {customer: {read: all}}}]"),
        "line 3, roles.0.onlyFor.0.position: there is no position with the code 'boss'",
    ),
    "a business line that is nowhere": (
        role("onlyFor: [{businessLine: x, grants: {customer: {read: all}}}]"),
        "line 3, roles.0.onlyFor.0.businessLine: there is no business line with the code 'x'",
    ),
    "a condition without a condition": (
        role("onlyFor: [{grants: {customer: {read: all}}}]"),
        "roles.0.onlyFor.0: position or businessLine is missing",
    ),
    "a condition for nothing": (role("onlyFor: [{position: a}]"), "roles.0.onlyFor.0: grants or fields is missing"),
    "an unknown key of a condition": (
        role("onlyFor: [{posision: a}]"),
        "roles.0.onlyFor.0.posision: is no key; there are position, businessLine, grants, fields",
    ),
    "an unknown template": (
        role("template: auditer"),
        "roles.0.template: there is no template 'auditer' (did you mean auditor? there are administrator, ",
    ),
    "a template and grants": (
        role("template: auditor, grants: {customer: {read: all}}"),
        "roles.0.grants: there is a template already; write one of the two",
    ),
    "a branch that is nowhere": (
        f"{TENANT}departments: [{{code: a, name: A, branch: b}}]",
        "departments.0.branch: there is no branch with the code 'b'",
    ),
    "conditions that are no list": (role("onlyFor: {position: a}"), "roles.0.onlyFor: a list is needed here"),
    "an unknown scope in a condition": (
        role("onlyFor: [{position: a, grants: {customer: {read: mine}}}]"),
        "roles.0.onlyFor.0.grants.customer.read: there is no scope 'mine'",
    ),
    "a condition on what cannot be read": (
        role("grants: {product: {read: all}}, onlyFor: [{position: a, fields: {customer: {finance: hidden}}}]"),
        "roles.0.onlyFor.0.fields.customer: the role may not read any customer",
    ),
    "specials that are no keys": (role("specials: [customer.limit]"), "specials: keys with values is needed here"),
    "a limit on what cannot be read": (role("fields: {customer: {finance: hidden}}"), "may not read any customer"),
}
PEOPLE = {
    "an unknown key": (person("nick: b"), "line 3, people.0.nick: is no key; there are code, name, email, jobTitle"),
    "an unknown department": (person("department: b"), "line 3, people.0.department: there is no department with"),
    "an unknown role": (person("roles: [b]"), "line 3, people.0.roles: there is no role with the code 'b'"),
    "an unknown superior": (person("superior: b"), "line 3, people.0.superior: there is no person with the code 'b'"),
    "one's own superior": (person("superior: a"), "line 3, people.0.superior: this makes a circle: a → a"),
    "no address": (person("email: nowhere"), "line 3, people.0.email: E-mail: 'nowhere' is no e-mail address"),
    "sign-in without an address": (person("signIn: true"), "line 3, people.0.signIn: who signs in needs an email"),
    "sign-in that is no yes or no": (person("signIn: maybe"), "people.0.signIn: true or false is needed here"),
    "a short password": (person("email: a@x.org, password: short"), "a password has 8 to 200 characters"),
    "two passwords": (person("email: a@x.org, password: long-enough, passwordEnv: PATH"), "write one of the two"),
    "a password for nobody": (person("password: long-enough"), "a password is for somebody who signs in"),
    "a variable that is not set": (person("email: a@x.org, passwordEnv: NOT_SET"), "the variable NOT_SET is not set"),
    "roles that are no list": (person("roles: admin"), "people.0.roles: a list is needed here"),
    "no people but words": (f"{TENANT}people: nobody", "line 2, people: a list is needed here"),
}
MISTAKES = {
    f"{place}: {name}": each
    for place, some in {"file": FILES, "role": ROLES, "person": PEOPLE}.items()
    for name, each in some.items()
}


@pytest.mark.parametrize(("text", "told"), MISTAKES.values(), ids=MISTAKES)
def test_it_is_told_with_its_line_and_nothing_is_made(operator: Operator, text: str, told: str) -> None:
    said = operator.apply(text, "--create")
    assert (said.code, said.out) == (2, "")
    assert told in said.err
    assert said.err.startswith("saas: org.yaml")
    assert tenants() == []
