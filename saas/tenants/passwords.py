"""Passwords, kept as argon2 hashes only.

A hash takes a tenth of a second of all cores and 64 MiB on purpose. Two are made at a time, by threads that step back
for all others, so that people who sign in do not make others wait who read.
"""

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from saas.kit.errors import BadInput

_hasher = PasswordHasher()
LONGEST = 200


def hashed(password: str) -> str:
    """What is kept of a password."""
    if not 8 <= len(password) <= LONGEST:
        raise BadInput(f"A password has 8 to {LONGEST} characters.", path=("password",))
    return _threads().submit(_hasher.hash, password.encode("utf-8", "surrogatepass")).result()


def is_right(password: str, kept: str | None) -> bool:
    """Whether this is the password; without one, the answer takes as long and is no."""
    try:
        given = password[: LONGEST + 1].encode("utf-8", "surrogatepass")
        _threads().submit(_hasher.verify, kept or _nobodys(), given).result()
    except (VerificationError, InvalidHashError):
        return False
    return kept is not None


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(2, thread_name_prefix="passwords", initializer=_step_back)


def _step_back() -> None:
    # Linux has a niceness for each thread; what the hash starts itself inherits it.
    os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 5)


os.register_at_fork(after_in_child=_threads.cache_clear)  # threads do not come along


@cache
def _nobodys() -> str:
    return _hasher.hash("nobody has this password")
