"""Roles to start from: what a company usually needs, offered and made on request; nobody has to have them."""
