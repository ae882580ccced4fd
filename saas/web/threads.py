"""Blocking work of the plain HTTP doors, in threads of their own: the event loop never waits.

Checking a password takes a tenth of a second of CPU and 64 MiB on purpose, so only a few threads are there.
"""

import asyncio
import contextvars
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from saas.kit.errors import AtriumError
from saas.kit.log import logger
from saas.kit.report import capture

_log = logger(__name__)
Result = TypeVar("Result")
_threads = ThreadPoolExecutor(max_workers=4, thread_name_prefix="pages")


async def in_thread(work: Callable[[], Result]) -> Result:
    """What `work` returns, with the context of the request."""
    context = contextvars.copy_context()
    return await asyncio.get_running_loop().run_in_executor(_threads, context.run, work)


def soon(work: Callable[[], object]) -> None:
    """Have `work` done after the answer, whose time so tells nothing of it; what goes wrong is logged and reported."""
    _threads.submit(contextvars.copy_context().run, _unheard, work)


def _unheard(work: Callable[[], object]) -> None:
    try:
        work()
    except AtriumError as error:
        _log.error("work after an answer failed", error=str(error))
    except Exception as error:  # noqa: BLE001  # nobody waits for it who could be told
        capture(error)
