"""What is encrypted at rest in the directory, sealed anew with the secret of today, row by row."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Column, Table, select, update

from saas.kit.vault import is_current, opened, sealed
from saas.tenants.all_directory_tables import metadata
from saas.tenants.directory import directory, rows


@dataclass(frozen=True, slots=True)
class Sealed:
    """A column of sealed values, how many it has, and how many of them need a former secret."""

    column: str
    total: int
    former: int


def sealed_columns() -> list[Sealed]:
    """Every column whose values are sealed."""
    found = []
    for table, column in _columns():
        values = [row[0] for row in rows(select(column).where(column.is_not(None)))]
        former = sum(not is_current(value) for value in values)
        found.append(Sealed(f"{table.name}.{column.name}", len(values), former))
    return found


def reseal() -> list[Sealed]:
    """Seal anew whatever needs a former secret; what was done by then stays done where it is interrupted."""
    told = sealed_columns()
    for table, column in _columns():
        keys = list(table.primary_key.columns)
        for row in rows(select(*keys, column.label("stored")).where(column.is_not(None))):
            if not is_current(row.stored):
                anew = sealed(opened(row.stored, column.info["sealed"]), column.info["sealed"])
                same = [key == value for key, value in zip(keys, row, strict=False)]
                with directory() as connection:
                    # Somebody may have written another value meanwhile: that one is sealed with today's secret.
                    connection.execute(update(table).where(*same, column == row.stored).values({column.name: anew}))
    return told


def _columns() -> Iterator[tuple[Table, Column[bytes]]]:
    for table in metadata.sorted_tables:
        yield from ((table, column) for column in table.columns if "sealed" in column.info)
