"""The first files of a new business object: what `scripts/new-object` writes."""
