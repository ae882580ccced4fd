"""The words of the permission kernel in the API, each value with a sentence."""

from saas.engine.access.branches import Way
from saas.engine.access.tables import Access, Relation, RowScope, ShareAccess
from saas.schema.handmade import described_enum

__all__ = ["Access", "Relation", "RowScope", "ShareAccess", "Way"]

described_enum(
    RowScope,
    "RowScope",
    "How far a right reaches; each includes one's own records.",
    {
        "OWN": "One's own records.",
        "OWN_AND_SUBORDINATES": "Also those of everybody below in the reporting line.",
        "DEPARTMENT": "Also those of one's department.",
        "DEPARTMENT_TREE": "Also those of one's department and all below it.",
        "REGION_TREE": "Also those of one's region and all below it.",
        "BUSINESS_LINE": "Also those of one's business lines.",
        "ALL": "All records.",
    },
)
described_enum(
    Relation,
    "Relation",
    "What the viewer is to a record; the first that holds counts.",
    {
        "OWNER": "Its owner.",
        "SUPERIOR": "Above its owner in the reporting line.",
        "PARTICIPANT": "Somebody who takes part in it.",
        "SAME_DEPARTMENT": "In its department.",
        "OTHERS": "None of these.",
    },
)
described_enum(
    Access,
    "FieldAccess",
    "What one may do with a group of fields.",
    {
        "HIDDEN": "Nothing: it reads as null.",
        "MASKED": "See a part of the value, where the field has a mask.",
        "READ": "Read it.",
        "WRITE": "Read and write it.",
    },
)


described_enum(
    ShareAccess,
    "ShareAccess",
    "What a record is shared for.",
    {"READ": "To be read.", "WRITE": "To be read and changed."},
)
described_enum(
    Way,
    "WayOfSight",
    "How a record comes into somebody's reach.",
    {
        "OWN": "It is their own.",
        "DEPUTY": "They stand in for its owner today.",
        "SCOPE": "The scope of the right reaches it.",
        "SHARE": "It is shared with them.",
        "PARTICIPATION": "They take part in it.",
    },
)
