"""The reference pages: one an object, with tables of rights and problems, written from the declarations."""
