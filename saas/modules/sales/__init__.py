"""How it is sold."""

from saas.modules.sales import opportunity

__all__ = ["opportunity"]
