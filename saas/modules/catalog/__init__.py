"""What is sold."""

from saas.modules.catalog import product

__all__ = ["product"]
