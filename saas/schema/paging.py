"""Pages of lists that are written by hand: by number, for they do not grow under their reader."""

from typing import Annotated

import strawberry

from saas.kit.errors import BadInput

MAX_FIRST = 500
First = Annotated[int, strawberry.argument(description=f"How many, at most {MAX_FIRST}.")]
Offset = Annotated[int, strawberry.argument(description="How many are left out at the beginning.")]


def check_page(first: int, offset: int) -> None:
    """BadInput where a page is larger than it may be."""
    if not 0 <= first <= MAX_FIRST:
        raise BadInput(f"first is {first}; it may be 0 to {MAX_FIRST}.", path=("first",))
    if offset < 0:
        raise BadInput(f"offset is {offset}; it may not be negative.", path=("offset",))
