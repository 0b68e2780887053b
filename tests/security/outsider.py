"""Hooks for the command `schemathesis`: signs the owner of a tenant in, and again whenever something signed it out."""

import os
from typing import Any

import httpx
import schemathesis

from tests.security import formats

formats.teach()


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
