"""What jobs are called, for people."""

from saas.engine.field import Label
from saas.engine.jobs import job_named


def task_label(task: str) -> Label:
    """The name of a job in English and Chinese; of one that this release does not know, its own."""
    job = job_named(task)
    words = task.replace("_", " ")
    return job.label if job is not None and job.label is not None else Label(words, words)
