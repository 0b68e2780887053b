"""Files of products, sent to the API and waited for."""

import csv
import io
import time
from typing import Any

import httpx

from tests.builders.commerce import made
from tests.conftest import Caller

IMPORTS = "/v1/commerce/imports"


def send(caller: Caller, content: bytes | str, name: str = "products.csv", **form: Any) -> httpx.Response:
    """Uploads a file with the form's other fields."""
    body = content.encode() if isinstance(content, str) else content
    return caller.post(IMPORTS, files={"file": (name, body)}, data=form)


def ended(caller: Caller, started: dict[str, Any], seconds: float = 60) -> dict[str, Any]:
    """The import when it has ended."""
    deadline = time.monotonic() + seconds
    while True:
        found = made(caller.get(f"{IMPORTS}/{started['id']}"), 200)
        if found["status"] in {"done", "failed"}:
            return found
        assert time.monotonic() < deadline, found
        time.sleep(0.05)


def imported(
    caller: Caller, content: bytes | str, name: str = "products.csv", *, seconds: float = 60, **form: Any
) -> dict[str, Any]:
    """The import of a file when it has ended."""
    return ended(caller, made(send(caller, content, name, **form), 202), seconds)


def counts(found: dict[str, Any]) -> tuple[int, int, int, int, int]:
    """Products (read, created, updated, unchanged, failed)."""
    read, created, updated, unchanged, failed = (
        found[name] for name in ("read", "created", "updated", "unchanged", "failed")
    )
    return read, created, updated, unchanged, failed


def errors_of(caller: Caller, found: dict[str, Any]) -> list[dict[str, str]]:
    """The rows of the error file."""
    answer = caller.get(found["errors_url"])
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/csv")
    return list(csv.DictReader(io.StringIO(answer.text)))


def exported(caller: Caller, form: str = "csv", **query: Any) -> str:
    """The export of the caller's products."""
    answer = caller.get("/v1/commerce/exports/products", params={"format": form, **query})
    assert answer.status_code == 200, answer.text
    return answer.text
