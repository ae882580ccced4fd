"""What people are told of: that what they asked for has ended, and that records came to them."""

from saas.modules.notices import care, dead_jobs, ended, records

__all__ = ["care", "dead_jobs", "ended", "records"]
