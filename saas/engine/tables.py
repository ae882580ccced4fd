"""All tables of a tenant: those that the engine owns and those of the business objects that are imported."""

import importlib
import pkgutil

import sqlalchemy as sa

import saas.engine
from saas.engine.record import metadata


def all_tables() -> sa.MetaData:
    """The tables as the program describes them; every file of the engine is read, so that none is forgotten."""
    for found in pkgutil.walk_packages(saas.engine.__path__, "saas.engine."):
        importlib.import_module(found.name)
    return metadata
