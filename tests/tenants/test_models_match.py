"""A table that the program describes and no revision makes is found, and the other way round."""

from sqlalchemy import Column, Integer, MetaData, Table, Text

from saas.tenants.models_match import models_match
from saas.tenants.tenant import Tenant
from tests.tenants.place import Place


def test_what_differs_is_told_as_a_revision_and_what_agrees_is_not(acme: Tenant, place: Place) -> None:
    """Of the tables of all modules only `note`, which the tests made, is described here."""
    assert place.cell
    metadata = MetaData()
    note = Table("note", metadata, Column("id", Integer, primary_key=True), Column("body", Text))
    assert "'note'" not in models_match(metadata, acme.cell, acme.schema)
    note.append_column(Column("stars", Integer))
    assert "op.add_column('note', sa.Column('stars', sa.Integer()" in models_match(metadata, acme.cell, acme.schema)
    assert "op.drop_table('note')" in models_match(MetaData(), acme.cell, acme.schema)
