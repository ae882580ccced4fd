"""Filters on what the viewer sees of some records only, written so that an index on the column can still answer them.

A hidden value behaves as NULL: a filter means `CASE WHEN sees THEN column END op x`, in three-valued logic. No index
answers that. A list takes the records of which its filter is true, so less is enough: a condition that is true of the
same records. For an operator that no NULL can fulfil this is `sees AND column op x`. That condition is false where the
filter was unknown, so no NOT may stand above it; a `not` in a filter is carried down to its leaves, where
`sees AND NOT column op x` is true of the records of which the filter is false.

`sees` is what `fields.sees` answers: True or False for all records, else a condition, which may be NULL itself.
"""

import sqlalchemy as sa

from saas.engine.access.rows import Condition


def where_seen(sees: Condition | bool, told: Condition) -> Condition:
    """Where the value is seen and this is `told` of it, which must not be true of a value that is NULL."""
    if isinstance(sees, bool):
        return told if sees else sa.false()
    return sa.and_(sees, told)


def where_missing(sees: Condition | bool, missing: Condition) -> Condition:
    """Where there is no value for the viewer: it is not seen, or it is `missing`, as `column IS NULL` tells."""
    if isinstance(sees, bool):
        return missing if sees else sa.true()
    return sa.or_(sees.is_not(sa.true()), missing)
