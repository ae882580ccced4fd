"""Following a subscription: the front door of `saas.schema.live` for every transport."""

from collections.abc import AsyncGenerator

from saas.schema.live.asked import Asked, asked
from saas.schema.live.hub import hub

__all__ = ["Asked", "asked", "follow"]


async def follow(asked: Asked) -> AsyncGenerator[bytes, None]:
    """Whole GraphQL answers as JSON, one for each event, as they come; the next one is awaited without end.

    Raises AtriumError where it cannot begin. Where it cannot go on the last answer has `errors` and nothing else:
    rights that are gone, FEED_STARTED_ANEW, TOO_SLOW, a tenant that was suspended. Whoever closes the iterator leaves.
    """
    here = hub()
    follower = await here.join(asked)
    try:
        async for each in follower.answers():
            yield each
    finally:
        here.leave(follower)
