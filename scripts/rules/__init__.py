"""Our own rules of shape, one file each: what ruff, mypy and import-linter cannot say."""
