"""What a cell may have meant that names no record: the most alike name in sight."""

from collections.abc import Collection
from difflib import get_close_matches

import sqlalchemy as sa

from saas.engine.access.fields import readable
from saas.engine.access.filtering import where_seen
from saas.engine.access.rows import Condition, reached
from saas.engine.scope import Scope
from saas.engine.text_search import grams
from saas.engine.transfer.plan import Lookup
from saas.engine.twins import GRAMS
from saas.kit.text import fold

MOST_TEXTS = 20  # of a chunk: a wrong column would else be compared with everything there is
MOST_NAMES = 1_000
MOST_LETTERS = 200  # of a text: what is longer is no name, and its letters alone would be a long question
_ALIKE = 0.75  # of both texts, as difflib counts it: one or two letters of a word


def meant(scope: Scope, lookup: Lookup, texts: Collection[str]) -> dict[str, str]:
    """For each text the name that it is nearly like, if there is one; of records in sight, with one statement.

    Only of names: codes and addresses are alike without meaning each other.
    """
    is_name = lookup.by.name == lookup.target.record.facts.title
    asked = sorted({text for text in texts if len(text) <= MOST_LETTERS})[:MOST_TEXTS] if is_name else []
    names = _names(scope, lookup, asked) if asked else {}
    found: dict[str, str] = {}
    for text in asked:
        close = get_close_matches(fold(text), names, n=1, cutoff=_ALIKE)
        if close:
            found[text] = names[close[0]]
    return found


def _names(scope: Scope, lookup: Lookup, texts: Collection[str]) -> dict[str, str]:
    """Names that share some letters in a row with one of the texts, by their folded form."""
    one, by = lookup.target, lookup.by
    table = one.outermost
    alike: Condition = sa.true()
    if by.search and GRAMS in table.c:
        among = sorted({gram for text in texts for gram in grams(text) if len(gram) > 1})
        alike = table.c[GRAMS].overlap(sa.cast(among, sa.ARRAY(sa.Text())))
    seen = where_seen(readable(scope.profile, one, by, table), sa.and_(alike, table.c[by.name].is_not(None)))
    statement = (
        sa.select(table.c[by.name])
        .where(seen, table.c.deleted_at.is_(None), reached(scope.profile, one, "read", table))
        .limit(MOST_NAMES)
    )
    return {fold(name): name for name in scope.session.execute(statement).scalars()}
