"""${message}."""

from alembic import op
import sqlalchemy as sa
${imports if imports else ""}
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}

# True once this revision is in place; asked in the same transaction, before its number is written down.
check = "select to_regclass('…') is not null"


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}
