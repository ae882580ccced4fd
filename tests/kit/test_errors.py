"""The tree drawn at the top of kit/errors.py is the tree of the classes."""

import re

from saas.kit import errors
from saas.kit.errors import AtriumError, BadInput

LINE = re.compile(r"^ *(?P<stem>[│├└─ ]*)(?P<name>[A-Z]\w+) +(?P<code>[A-Z_]+) +(?P<status>\d{3}) +(?P<exit>\d)", re.M)


def drawn() -> dict[str, tuple[str, int, int]]:
    return {
        match["name"]: (match["code"], int(match["status"]), int(match["exit"]))
        for match in LINE.finditer(errors.__doc__ or "")
    }


def classes() -> dict[str, type[AtriumError]]:
    found = vars(errors).values()
    return {
        each.__name__: each
        for each in found
        if isinstance(each, type) and issubclass(each, AtriumError) and each is not AtriumError
    }


def test_every_error_is_drawn_with_its_code_status_and_exit_code() -> None:
    assert drawn() == {name: (each.code, each.status, each.exit_code) for name, each in classes().items()}


def test_an_error_says_what_is_wrong_and_what_helps() -> None:
    error = BadInput("first: 501 is too many.", remedy="Ask for 500 at most.", path=("first",))
    assert str(error) == "first: 501 is too many. Ask for 500 at most."
    assert (error.message, error.remedy, error.path) == ("first: 501 is too many.", "Ask for 500 at most.", ("first",))


def test_without_a_remedy_nothing_hangs_behind() -> None:
    assert str(BadInput("No.")) == "No."
