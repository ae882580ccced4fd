"""The bell of changes: on Redis, without it, and rung by every commit that changed records."""

from concurrent.futures import ThreadPoolExecutor
from uuid import UUID, uuid4

import pytest
import redis
from sqlalchemy import make_url

from saas.gateways.changed import NullChangeBell, RedisChangeBell
from saas.kit.settings import settings
from tests.steps import counted

NOBODY = "redis://127.0.0.1:1/0"


def _heard(bell: RedisChangeBell, many: int) -> set[UUID]:
    """So many tenants for whom it rang."""
    heard: set[UUID] = set()
    while len(heard) < many:
        found = bell.wait(60)
        assert found, "nothing was heard in a minute"
        heard |= found
    return heard


def test_who_waits_is_told_whose_records_changed() -> None:
    outside, inside = RedisChangeBell(settings().redis_url), RedisChangeBell(settings().redis_url)
    inside.wait(0.01)  # from now on it listens
    one, other = uuid4(), uuid4()
    for tenant in (one, other, one):
        outside.ring(tenant)
    assert _heard(inside, 2) == {one, other}
    inside.close()


def test_within_one_process_it_needs_no_redis() -> None:
    bell, tenant = NullChangeBell(), uuid4()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(bell.wait, 60)
        bell.ring(tenant)
        assert waiting.result() == {tenant}
    assert bell.wait(0.01) == set()


def test_without_redis_a_ring_is_lost_and_a_wait_is_only_a_wait() -> None:
    bell = RedisChangeBell(NOBODY)
    bell.ring(uuid4())
    heard, calls = counted(lambda: bell.wait(0.05))
    assert heard == set()
    assert calls["sleep"] == 1


def test_who_rings_again_after_the_connection_was_lost_is_heard() -> None:
    """Redis ended it, which shows when the bell is rung the next time."""
    outside, inside = RedisChangeBell(settings().redis_url), RedisChangeBell(settings().redis_url)
    inside.wait(0.01)
    one, other = uuid4(), uuid4()
    outside.ring(one)
    with redis.Redis.from_url(settings().redis_url) as admin:
        idle = [each for each in admin.client_list() if each["cmd"] == "publish"]
        for each in idle:
            admin.client_kill(each["addr"])
    outside.ring(other)
    assert _heard(inside, 2) == {one, other}
    inside.close()
    outside.close()


def test_who_may_not_switch_answers_off_is_heard_all_the_same() -> None:
    """A user of Redis with fewer rights: each ring takes a connection of its own."""
    known = make_url(settings().redis_url).set(username="ringer", password="rope")
    theirs = known.render_as_string(hide_password=False)
    inside = RedisChangeBell(settings().redis_url)
    inside.wait(0.01)
    first, second = uuid4(), uuid4()
    with redis.Redis.from_url(settings().redis_url) as admin:
        admin.acl_setuser(
            "ringer", enabled=True, passwords=["+rope"], channels=["*"], commands=["+@all", "-client|reply"], reset=True
        )
        try:
            with redis.Redis.from_url(theirs) as ringer, pytest.raises(redis.exceptions.NoPermissionError):
                ringer.client_reply("ON")
            outside = RedisChangeBell(theirs)
            for tenant in (first, second):
                outside.ring(tenant)
                assert _heard(inside, 1) == {tenant}
            outside.close()
        finally:
            admin.acl_deluser("ringer")
    inside.close()
