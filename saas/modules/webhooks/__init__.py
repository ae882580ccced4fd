"""What happened is told to programs elsewhere, as Standard Webhooks has it: signed, in order, at least once."""

from saas.modules.webhooks import administration, areas, care, log, pump, switching, trying

__all__ = ["administration", "areas", "care", "log", "pump", "switching", "trying"]
