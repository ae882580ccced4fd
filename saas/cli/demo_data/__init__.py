"""The real companies of the demo: their files, how they are read, and in which order."""
