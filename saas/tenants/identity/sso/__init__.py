"""Tenants' own identity providers: connections, verified domains, sign-ins on their way, and who is known as whom."""
