"""Work that waits for a tenant's provider, in threads of its own: a slow one keeps nobody else from signing in."""

import asyncio
import contextvars
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar
from uuid import UUID

from saas.kit.errors import Unavailable

Result = TypeVar("Result")
AT_ONCE, OF_ONE = 16, 3
_threads = ThreadPoolExecutor(max_workers=AT_ONCE, thread_name_prefix="sso")
_waiting: Counter[UUID] = Counter()  # only ever touched on the event loop


async def calling(connection_id: UUID, work: Callable[[], Result]) -> Result:
    """What `work` returns, with the context of the request; Unavailable where too many wait for this provider."""
    if _waiting[connection_id] >= OF_ONE:
        raise Unavailable("The identity provider is slow.", remedy="Try again in a few seconds.")
    context = contextvars.copy_context()
    _waiting[connection_id] += 1
    try:
        return await asyncio.get_running_loop().run_in_executor(_threads, context.run, work)
    finally:
        _waiting[connection_id] -= 1
        if not _waiting[connection_id]:
            del _waiting[connection_id]
