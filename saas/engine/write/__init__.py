"""Writing: one chain for every door, set-wise; a single write is a batch of one.

load and lock → permission → field permission → version → rules → uniqueness → numbers → write → audit → events → jobs.
Each verb returns one `Outcome` a row. Where any row has a problem nothing is written at all; `batch.py`
skips the failed rows where that is asked for.
"""
