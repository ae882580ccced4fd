"""What pages on which one chooses a password have in common: it is typed twice, and told what is wrong with it."""

from collections.abc import Iterable, Mapping

from starlette.requests import Request

from saas.tenants.identity.password_set import Unmet
from saas.web.pages.page import language_in
from saas.web.pages.words import say_in


def typed_twice(form: Mapping[str, str]) -> list[Unmet]:
    """What is wrong before anybody is asked."""
    return [] if form.get("password", "") == form.get("again", "") else [Unmet("password_differs")]


def said(request: Request, wrong: Iterable[Unmet]) -> list[str]:
    """Each rule in the language of the page."""
    say = say_in(language_in(request))
    return [say(each.key, **each.values) for each in wrong]
