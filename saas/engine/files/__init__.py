"""Files that people send, and the records that they hang on; contents are in a store, not in the database."""
