"""`python -m saas` is the `saas` command."""

from saas.cli.main import main

main()
