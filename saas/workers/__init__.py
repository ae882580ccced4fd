"""The job door: Dramatiq carries what the job table says."""
