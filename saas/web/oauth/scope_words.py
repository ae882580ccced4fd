"""What a scope lets an app do, in words for the person who is to agree."""

from saas.engine.access.tables import ANY
from saas.engine.areas import areas
from saas.engine.permissions import is_scope
from saas.engine.registry import objects
from saas.web.pages.words import Say

_OF_PEOPLE = ("openid", "profile", "email", "offline_access")
_OPERATIONS = ("read", "create", "update", "delete", "restore", "export", "share", ANY)


def scopes_told(scopes: frozenset[str], say: Say, language: str) -> list[str]:
    """A line for each scope: who one is first, then what may be read, then what may be changed."""
    own = [say(f"scope_{scope}") for scope in _OF_PEOPLE if scope in scopes]
    acts = [scope.partition(":") for scope in scopes if is_scope(scope)]
    order = sorted(acts, key=lambda each: (each[2] != "read", each[0], each[2]))
    return own + [_line(one, operation, say, language) for one, _, operation in order]


def _line(one: str, operation: str, say: Say, language: str) -> str:
    what = _what(one, say, language)
    if operation in _OPERATIONS:
        return say(f"scope_may_{'anything' if operation == ANY else operation}", what=what)
    label = next(each.actions[operation].label for each in objects() if each.name == one)
    return say("scope_may_act", what=what, action=label.zh if language == "zh" else label.en)


def _what(one: str, say: Say, language: str) -> str:
    if one == ANY:
        return say("scope_of_everything")
    labels = {each.name: each.record.facts.plural for each in objects()} | {each.name: each.label for each in areas()}
    label = labels[one]
    return label.zh if language == "zh" else label.en.lower()
