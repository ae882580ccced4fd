"""A process that logs, for test_log.py: what it does is its first argument, the form its second."""

import contextlib
import logging
import sys
import warnings

from saas.kit import about, log

_log = log.logger("saas.engine.example")


def facts() -> None:
    about.start(request_id="r-1")
    about.note(tenant="acme")
    _log.info("quote accepted", quote="7", path="a\nb")
    _log.debug("not wanted")


def secrets() -> None:
    _log.warning(
        "Authorization was Bearer abc.def and the address postgresql://app:hush@db:5432/x",
        password="hush",
        app_password="hush",
        token="abc.def",
        Authorization="Bearer abc.def",
        directory_dsn="postgresql://app:hush@db/x",
        text="password=hush",
        quote="7",
    )


def fault() -> None:
    try:
        try:
            int("Miller's secret")
        except ValueError as cause:
            raise TypeError("int expected") from cause
    except TypeError:
        _log.exception("it failed")


def libraries() -> None:
    logging.getLogger("uvicorn.error").info("Started with Bearer abc.def")
    logging.getLogger("sqlalchemy.engine").info("SELECT 1")
    logging.getLogger("uvicorn.access").info("GET /")
    logging.getLogger("other").warning("token %s", "x" * 3, extra={"token": "abc"})
    warnings.warn("old", DeprecationWarning, stacklevel=1)
    with contextlib.suppress(ZeroDivisionError):
        try:
            _ = 1 / 0
        except ZeroDivisionError:
            logging.getLogger("dramatiq").exception("job failed")
            raise


if __name__ == "__main__":
    warnings.simplefilter("always")
    log.set_up(form=sys.argv[2])
    {"facts": facts, "secrets": secrets, "fault": fault, "libraries": libraries}[sys.argv[1]]()
