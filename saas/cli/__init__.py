"""The `saas` command, one file a command."""
