"""Whoever waits for a slow provider keeps nobody else waiting."""

import asyncio
import threading

import pytest

from saas.kit import ids
from saas.kit.errors import Unavailable
from saas.web.pages.sso.calls import OF_ONE, calling


def test_a_slow_provider_is_waited_for_by_three_at_once() -> None:
    slow, other = ids.new_id(ids.CONNECTION), ids.new_id(ids.CONNECTION)
    answers = threading.Event()

    async def go() -> None:
        waiting = [asyncio.create_task(calling(slow, answers.wait)) for _ in range(OF_ONE)]
        await asyncio.sleep(0)
        with pytest.raises(Unavailable, match="slow"):
            await calling(slow, answers.wait)
        assert await calling(other, lambda: "at once") == "at once"
        answers.set()
        assert await asyncio.gather(*waiting) == [True] * OF_ONE
        assert await calling(slow, lambda: "again") == "again"

    try:
        asyncio.run(go())
    finally:
        answers.set()
