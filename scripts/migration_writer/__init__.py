"""The next migration, from the difference between the objects and the schema of the newest one."""
