"""What becomes of a message that was not taken."""

from dataclasses import dataclass
from typing import Literal

MOST_ATTEMPTS = 8
# Mails to one address that its server refused for good, after which none is sent there any more.
REJECTIONS = 3
LONGEST_ERROR = 500
PERMANENT = range(500, 600)
BAD_REQUEST = range(400, 500)
# Said by HTTP servers about what may go well later.
BUSY = frozenset({401, 403, 404, 408, 425, 429})

Outcome = Literal["later", "failed", "rejected"]


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a message was not taken: `address` is what of it was refused, `message` its content, `server` all else."""

    error: str
    part: Literal["address", "message", "server"] = "server"
    code: int = 0


def outcome_of(refused: Refused, attempts: int) -> Outcome:
    """What to do after so many attempts: for good is only what a server says so about the address or the message.

    After each `MOST_ATTEMPTS` it is given up, until somebody asks for it to be tried again.
    """
    if refused.code in PERMANENT and refused.part != "server":
        return "rejected" if refused.part == "address" else "failed"
    return "failed" if attempts % MOST_ATTEMPTS == 0 else "later"


def refused_over_http(status: int) -> Refused:
    """What a provider's answer means: it refuses the message for good, or cannot take it now."""
    error = f"the provider answered {status}"
    is_final = status in BAD_REQUEST and status not in BUSY
    return Refused(error, "message", PERMANENT.start) if is_final else Refused(error)
