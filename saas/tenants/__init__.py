"""Which companies there are, where their data is, and who may sign in; the only place that opens a session."""
