"""Hooks for the command `schemathesis`: signs the owner of a tenant in, and again whenever something signed it out."""

import os
import re
from typing import Any
from uuid import uuid4

import httpx
import schemathesis

from tests.security import formats

# A key that is taken as one.
FITTING = re.compile(r"[!-~]{1,64}")

formats.teach()


@schemathesis.hook
def before_call(_context: Any, case: Any, _arguments: Any) -> None:
    """Gives each request a key of its own: one that was sent before brings the answer of before, and nothing else."""
    if FITTING.fullmatch(str(case.headers.get("Idempotency-Key", ""))):
        case.headers["Idempotency-Key"] = uuid4().hex


@schemathesis.hook
def filter_body(_context: Any, body: Any) -> bool:
    """Leaves out what a schema cannot tell: texts are taken without the space around them, files hold any bytes."""
    if isinstance(body, dict) and not isinstance(body.get("file", ""), str | bytes):
        return False
    return not is_padded(body)


def is_padded(value: Any) -> bool:
    """Whether there is a text with space around it in a value."""
    if isinstance(value, dict):
        return any(map(is_padded, value.values()))
    if isinstance(value, list):
        return any(map(is_padded, value))
    return isinstance(value, str) and value != value.strip()


@schemathesis.auth(refresh_interval=120)
class Owner:
    """The owner whom `FUZZ_URL`, `FUZZ_TENANT`, `FUZZ_EMAIL` and `FUZZ_PASSWORD` name."""

    def get(self, _case: Any, _context: Any) -> str:
        """A fresh access token."""
        answer = httpx.post(
            f"{os.environ['FUZZ_URL']}/v1/core/tokens",
            headers={"X-Tenant": os.environ["FUZZ_TENANT"]},
            json={"email": os.environ["FUZZ_EMAIL"], "password": os.environ["FUZZ_PASSWORD"]},
        )
        return str(answer.raise_for_status().json()["access_token"])

    def set(self, case: Any, data: str, _context: Any) -> None:
        """Sends it along."""
        case.headers["Authorization"] = f"Bearer {data}"
