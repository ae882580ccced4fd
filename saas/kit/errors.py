"""Every error that Atrium tells somebody about, in one tree.

    AtriumError                   code                  HTTP  exit   who is told
    ├── BadInput                  BAD_INPUT             400   2      the caller: what they sent is wrong, and where
    │   └── BadConfig             BAD_CONFIG            500   2      the operator: a setting or a file is wrong
    ├── TooLarge                  TOO_LARGE             413   2      the caller: the body is larger than we read
    ├── TooComplex                TOO_COMPLEX           400   2      the caller: the query asks for too much at once
    ├── Unauthenticated           UNAUTHENTICATED       401   3      the caller: no valid token
    ├── Forbidden                 FORBIDDEN             403   3      the caller: the right is missing
    ├── NotFound                  NOT_FOUND             404   4      the caller: no such thing in their sight
    ├── Conflict                  CONFLICT              409   5      the caller: it exists already, or changed meanwhile
    ├── RateLimited               RATE_LIMITED          429   6      the caller: later
    ├── TenantUnavailable         TENANT_UNAVAILABLE    503   6      the caller: this tenant: suspended, behind
    └── Unavailable               UNAVAILABLE           503   6      the caller: a server that we need does not answer

Anything else is a bug: the client sees INTERNAL with a request id, Sentry sees the rest.
"""

from __future__ import annotations


class AtriumError(Exception):
    """An expected failure: a sentence that names the place, and a remedy where there is one."""

    code = "INTERNAL"
    status = 500
    exit_code = 1

    def __init__(self, message: str, *, remedy: str = "", path: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy
        self.path = path

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}".strip()


class BadInput(AtriumError):
    code = "BAD_INPUT"
    status = 400
    exit_code = 2


class BadConfig(BadInput):
    code = "BAD_CONFIG"
    status = 500


class TooLarge(AtriumError):
    code = "TOO_LARGE"
    status = 413
    exit_code = 2


class TooComplex(AtriumError):
    code = "TOO_COMPLEX"
    status = 400
    exit_code = 2


class Unauthenticated(AtriumError):
    code = "UNAUTHENTICATED"
    status = 401
    exit_code = 3


class Forbidden(AtriumError):
    code = "FORBIDDEN"
    status = 403
    exit_code = 3


class NotFound(AtriumError):
    code = "NOT_FOUND"
    status = 404
    exit_code = 4


class Conflict(AtriumError):
    code = "CONFLICT"
    status = 409
    exit_code = 5


class RateLimited(AtriumError):
    code = "RATE_LIMITED"
    status = 429
    exit_code = 6


class TenantUnavailable(AtriumError):
    code = "TENANT_UNAVAILABLE"
    status = 503
    exit_code = 6


class Unavailable(AtriumError):
    code = "UNAVAILABLE"
    status = 503
    exit_code = 6
