"""Onboarding files: YAML of a tenant, its organisation, roles and people, brought into being."""
