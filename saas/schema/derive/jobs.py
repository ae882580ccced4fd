"""The list of jobs in sight, and being told how they get on."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLID,
    GraphQLInt,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLString,
)

from saas.engine.job_following import JobChanges
from saas.engine.job_sight import CONNECTION, SeenJob, WantedJobs, read_jobs
from saas.engine.job_standing import JobState
from saas.engine.read.listing import Page
from saas.engine.read.request import DEFAULT_FIRST, MAX_FIRST, page_request
from saas.kit import ids
from saas.schema.derive.connections import connection_fields
from saas.schema.derive.words import Words
from saas.schema.job_types import Job, job_told
from saas.schema.job_types import JobState as JobStateTold
from saas.schema.operation import Info, Operation


def job_fields(words: Words) -> dict[str, GraphQLField]:
    """`jobs`."""
    connection = GraphQLObjectType(
        CONNECTION,
        lambda: connection_fields(words, "Job", words.type_named("Job"), "job"),
        description="A page of jobs.",
    )
    size = f"How many, {DEFAULT_FIRST} if absent, at most {MAX_FIRST}."
    arguments = {
        "state": GraphQLArgument(words.type_named("JobState"), description="Only those that stand so."),
        "task": GraphQLArgument(GraphQLString, description="Only those that do this, such as `import_run_perform`."),
        "first": GraphQLArgument(GraphQLInt, description=size),
        "after": GraphQLArgument(GraphQLString, description="Begin after this cursor."),
    }
    about = "Jobs that you asked for, or with the right job.read all of the company's; the newest first."
    return {"jobs": GraphQLField(connection, args=arguments, resolve=_jobs, description=about)}


def job_subscriptions(words: Words) -> dict[str, GraphQLField]:
    """`jobChanged`."""
    cursor = GraphQLNonNull(GraphQLString)
    change = GraphQLObjectType(
        "JobChange",
        {
            "id": GraphQLField(GraphQLNonNull(GraphQLID), description="Which job."),
            "state": GraphQLField(words.type_named("JobState"), resolve=_state, description="How it stands now."),
            "job": GraphQLField(words.type_named("Job"), resolve=_job, description="The job; null once it is DONE."),
            "cursor": GraphQLField(cursor, description="Where to go on after this change."),
        },
        description="How a job stands, or that it is no longer there.",
    )
    arguments = {
        "id": GraphQLArgument(GraphQLID, description="This job only; absent: all that you asked for."),
        "after": GraphQLArgument(
            cursor,
            default_value="",
            description="What this cursor knows is not told again; absent: how they stand is told first.",
        ),
    }
    about = (
        "How jobs stand, then each change: a worker begins, it gets on, it fails, it is DONE. What is over within a"
        " second may be told as its end only, or not at all. How an import or export ended, its run tells."
    )
    extensions = {"source": _source}
    return {
        "jobChanged": GraphQLField(change, args=arguments, resolve=_event, description=about, extensions=extensions)
    }


def _source(arguments: Mapping[str, Any]) -> JobChanges:
    given = arguments.get("id")
    return JobChanges(None if given is None else ids.parse_id(given))


def _event(event: Any, _info: Any, **_arguments: Any) -> Any:
    """An event is the root of its own answer."""
    return event


def _state(event: Mapping[str, Any], _info: Any) -> JobStateTold:
    job: SeenJob | None = event["job"]
    return JobStateTold.DONE if job is None else JobStateTold[job.status.state.name]


def _job(event: Mapping[str, Any], _info: Any) -> Job | None:
    return None if event["job"] is None else job_told(event["job"])


def _jobs(_root: Any, info: Info, state: Any = None, task: str | None = None, **arguments: Any) -> Page:
    operation: Operation = info.context
    request = page_request(arguments)
    if state is JobStateTold.DONE:  # what is done is not there any more
        return Page(request, found=0)
    wished = None if state is None else JobState[state.name]
    asked = WantedJobs(request, wished, task).add(operation.document.pick(info.field_nodes))
    page = read_jobs(operation.scope, asked)
    return replace(page, nodes=[job_told(each) for each in page.nodes])
