"""What changed since a cursor, as far as one person may see it: the feed for machines."""
