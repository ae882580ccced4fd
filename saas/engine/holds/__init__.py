"""What holds of every object, and of the engine's own tables: the invariants that no single object declares."""

from saas.engine.holds import beside, kept_files, later_work, records

__all__ = ["beside", "kept_files", "later_work", "records"]
