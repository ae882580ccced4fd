"""The invented world of the demo and of the tests: two companies whose year is the same for the same seed and day."""
