"""Whether the revisions bring about the tables that the program describes."""

from typing import Any, Literal

from alembic.autogenerate import produce_migrations, render_python_code
from alembic.runtime.migration import MigrationContext
from sqlalchemy import ARRAY, MetaData, NullPool, create_engine
from sqlalchemy.types import UserDefinedType

from saas.tenants.all_directory_tables import metadata as directory_metadata
from saas.tenants.cells import owner_url
from saas.tenants.directory import directory
from saas.tenants.names import quoted


def models_match(metadata: MetaData, cell: str, schema: str) -> str:
    """The revision that is missing for a tenant's tables, as Python; empty where they match."""
    # An engine of its own: SQLAlchemy asks once per engine which schema is the default one.
    options = {"options": f"-csearch_path={quoted(schema)}"}
    engine = create_engine(owner_url(cell), poolclass=NullPool, connect_args=options)
    engine.dialect.ischema_names = engine.dialect.ischema_names | {"xid8": _Xid8}  # type: ignore[attr-defined]  # PG's
    with engine.connect() as connection:
        return _difference(connection, metadata, include_name=_tables_but("stamp"))


class _Xid8(UserDefinedType[int]):
    """A type of Postgres that SQLAlchemy does not know."""

    cache_ok: bool | None = True

    def get_col_spec(self, **_: Any) -> str:
        return "xid8"


def directory_matches() -> str:
    """The same for the directory's own tables."""
    with directory(as_owner=True) as connection:
        return _difference(
            connection, directory_metadata, include_schemas=True, include_name=_tables_but("revision", "directory")
        )


def _tables_but(table: str, schema: str | None = None) -> Any:
    def is_included(name: str | None, kind: str, _parents: Any) -> bool:
        return name == schema if kind == "schema" else not (kind == "table" and name == table)

    return is_included


def _difference(connection: Any, metadata: MetaData, **options: Any) -> str:
    context = MigrationContext.configure(
        connection, opts={"target_metadata": metadata, "compare_type": True, "compare_server_default": False, **options}
    )
    missing = produce_migrations(context, metadata).upgrade_ops
    if missing is None or missing.is_empty():
        return ""
    return str(render_python_code(missing, render_item=_array_rendered))


def _array_rendered(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """An array of texts with the names that a revision imports; Alembic's own rendering lacks them."""
    is_array = kind == "type" and isinstance(item, ARRAY)
    return f"sa.ARRAY(sa.{item.item_type!r})" if is_array else False
