"""An organisation as somebody wrote it down: compared with the tenant, then made so; what it does not name stays."""
