"""`GET /mailbox`: the mails of a demo or of tests, where nothing is sent. Elsewhere there is no such address."""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from saas.gateways.mail import is_recorded, recorded
from saas.kit.text import camel
from saas.web.answers import answer
from saas.web.threads import in_thread


async def mailbox(_request: Request) -> Response:
    """`GET /mailbox`"""
    if not is_recorded():
        raise HTTPException(404)
    kept = await in_thread(recorded)
    return answer([{camel(name): value for name, value in mail.items()} for mail in kept])
