"""Whom one deals with: customers and their contacts."""

from saas.modules.customers import contact, customer, limit

__all__ = ["contact", "customer", "limit"]
