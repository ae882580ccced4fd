"""What pages on which one chooses a password have in common: it is typed twice, and told what is wrong with it."""

from collections.abc import Mapping

from starlette.requests import Request

from saas.web.pages.page import language_in
from saas.web.pages.words import say_in


def typed_twice(form: Mapping[str, str]) -> list[str]:
    """What is wrong before anybody is asked."""
    return [] if form.get("password", "") == form.get("again", "") else ["password_differs"]


def said(request: Request, wrong: list[str]) -> list[str]:
    """Each reason in the language of the page; one that is no key of words stands as it is."""
    say = say_in(language_in(request))
    return [_said(say, each) for each in wrong]


def _said(say: object, reason: str) -> str:
    try:
        return str(say(reason)) if callable(say) else reason
    except KeyError:
        return reason
