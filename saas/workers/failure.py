"""What is kept of an error that ended an attempt: what happened and where, never the values of fields."""

import traceback
from pathlib import Path

from saas.kit import faults


def described(error: BaseException) -> str:
    """The class, what may be told of the message, else the place."""
    kind = type(getattr(error, "orig", None) or error).__name__
    return f"{kind}: {faults.message(error) or _place(error)}"


def _place(error: BaseException) -> str:
    """The innermost line of the stack that is not a library's."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if "site-packages" not in frame.filename and "/python3" not in frame.filename]
    innermost = (own or list(frames))[-1:]
    return "".join(f"{Path(frame.filename).name}:{frame.lineno} in {frame.name}" for frame in innermost)
