"""What knows nothing of the rest: errors, settings, clock, ids, text."""
