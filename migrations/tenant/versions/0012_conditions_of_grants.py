"""What a role grants may hold in one state, or for one position or business line."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

check = """
    select true from information_schema.columns
    where table_schema = current_schema() and table_name = 'role_field' and column_name = 'stage'
"""

_ONCE = {
    "role_right": ["role_id", "object", "operation", "scope"],
    "role_field": ["role_id", "object", "field_group", "relation", "stage"],
}


def upgrade() -> None:
    stage = sa.Column(
        "stage",
        sa.Text(collation="C"),
        nullable=True,
        comment="Counts only in this state of the record; NULL: in all.",
    )
    op.add_column("role_field", stage)
    for table, names in _ONCE.items():
        id_ = sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False)
        position = sa.Column(
            "position_id", sa.Uuid(), nullable=True, comment="Counts only for who holds this position."
        )
        line = sa.Column(
            "business_line_id", sa.Uuid(), nullable=True, comment="Counts only for who works for this line."
        )
        for column in (id_, position, line):
            op.add_column(table, column)
        # What was the key may now stand there twice, with different conditions.
        op.drop_constraint(f"pk_{table}", table, type_="primary")
        op.create_primary_key(f"pk_{table}", table, ["id"])
        op.create_unique_constraint(
            f"uq_{table}_once",
            table,
            [*names, "position_id", "business_line_id"],
            postgresql_nulls_not_distinct=True,
        )
    op.create_table_comment(
        "role_field",
        "Where a role's access to a field group, or to the rows (`*`), is less than write, by relation and state.",
        existing_comment="Where a role's access to a field group is less than write, by relation to the record.",
    )
