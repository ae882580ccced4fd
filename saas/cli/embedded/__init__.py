"""Postgres and Valkey that come with Atrium, for the demo and the tests only: started, kept alive, taken down."""
