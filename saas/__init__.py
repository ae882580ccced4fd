"""Atrium: a multi-tenant CRM served over GraphQL."""
