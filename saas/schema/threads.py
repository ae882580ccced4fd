"""The pool of threads in which operations run, and the way into it from the event loop."""

import asyncio
import contextvars
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TypeVar

from saas.kit.settings import settings

Told = TypeVar("Told")


@cache
def threads() -> ThreadPoolExecutor:
    """The pool of this process."""
    return ThreadPoolExecutor(settings().threads, thread_name_prefix="graphql")


async def in_thread(work: Callable[..., Told], *arguments: object) -> Told:
    """Run blocking work in the pool, with the context of the request."""
    context = contextvars.copy_context()
    return await asyncio.get_running_loop().run_in_executor(threads(), lambda: context.run(work, *arguments))
