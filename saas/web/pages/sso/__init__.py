"""The doors of sign-in through a company's own identity provider, at /sso."""
