"""Reading: a selection becomes a constant number of statements with scope and visibility inside them."""
