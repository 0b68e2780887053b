"""People who read their mail: the links and digits that reach them."""

import re
import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.conftest import Caller, Tenant


def mails_to(tenant: Tenant, address: str, words: str = "") -> list[dict[str, Any]]:
    """The mails to an address whose subject holds the words, oldest first."""
    items = tenant.visitor.get("/v1/core/outbox-mail", params={"limit": 100}).json()["items"]
    return [each for each in reversed(items) if each["to"] == address and words in each["subject"]]


def mail_to(tenant: Tenant, address: str, words: str = "", count: int = 1, seconds: float = 60) -> dict[str, Any]:
    """The last of so many such mails, once they are there."""
    deadline = time.monotonic() + seconds
    while len(found := mails_to(tenant, address, words)) < count:
        assert time.monotonic() < deadline, f"no {count} mails {words!r} to {address}"
        time.sleep(0.05)
    assert len(found) == count
    return found[-1]


def token_in(mail: dict[str, Any]) -> str:
    """The token of a mail's link."""
    return parse_qs(urlsplit(mail["links"][0]).query)["token"][0]


def digits_for(tenant: Tenant, number: str) -> str:
    """The digits of the last text message to a number."""
    items = tenant.visitor.get("/v1/core/outbox-sms").json()["items"]
    found = re.search(r"\d{6}", next(each for each in items if each["to"] == number)["text"])
    assert found is not None
    return found[0]


def settled_mails(tenant: Tenant, caller: Caller) -> int:
    """How many mails there are once no job waits any more."""
    deadline = time.monotonic() + 60
    while caller.get("/v1/core/jobs", params={"status": "queued"}).json()["items"]:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return len(tenant.visitor.get("/v1/core/outbox-mail", params={"limit": 100}).json()["items"])
