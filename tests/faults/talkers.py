"""People who react, talk and follow, and do not give up: each repeats a request until somebody answers it."""

import random
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx

from bench.deployment import Shop

HERE = "/v1/social"
KINDS = ("like", "love", "laugh", "angry", "sad")
LONGEST_WAIT = 60.0
PAUSE = 0.1


@dataclass(slots=True)
class Talker:
    """One person, and what they were told: how they have reacted to what, and which of their comments there are."""

    base: str
    token: str
    id: str
    chance: random.Random
    reacted: dict[str, str | None] = field(default_factory=dict)
    said: dict[str, str] = field(default_factory=dict)
    deleted: set[str] = field(default_factory=set)
    repeats: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)

    def live(self, posts: list[str], others: list[str], stop: threading.Event) -> None:
        """Does one thing after the other until told to stop."""
        with httpx.Client(base_url=self.base, headers={"Authorization": f"Bearer {self.token}"}, timeout=15) as client:
            while not stop.is_set() and not self.problems:
                self._do_something(client, self.chance.choice(posts), self.chance.choice(others))

    def _do_something(self, client: httpx.Client, post: str, other: str) -> None:
        what = self.chance.choice(["react", "react", "take", "say", "say", "delete", "follow", "unfollow"])
        if what == "react":
            kind = self.chance.choice(KINDS)
            self._insist(client, "PUT", f"/posts/{post}/reaction", {200}, {"kind": kind})
            self.reacted[post] = kind
        elif what == "take":
            self._insist(client, "DELETE", f"/posts/{post}/reaction", {204})
            self.reacted[post] = None
        elif what == "say":
            text = f"said {uuid4().hex}"
            self.said[text] = self._insist(client, "POST", f"/posts/{post}/comments", {201}, {"text": text})["id"]
        elif what == "delete" and self.said.keys() - self.deleted:
            text = self.chance.choice(sorted(self.said.keys() - self.deleted))
            # Asked again after an answer that was lost, it is gone already.
            self._insist(client, "DELETE", f"/comments/{self.said[text]}", {204, 404})
            self.deleted.add(text)
        elif what in {"follow", "unfollow"}:
            method, status = ("PUT", 200) if what == "follow" else ("DELETE", 204)
            self._insist(client, method, f"/people/{other}/follow", {status})

    def _insist(
        self, client: httpx.Client, method: str, path: str, wanted: set[int], body: object = None
    ) -> dict[str, Any]:
        headers = {"Idempotency-Key": str(uuid4())} if method == "POST" else {}
        deadline = time.monotonic() + LONGEST_WAIT
        while time.monotonic() < deadline:
            try:
                answer = client.request(method, f"{HERE}{path}", json=body, headers=headers)
            except httpx.TransportError as problem:
                self._repeat(type(problem).__name__)
                continue
            if answer.status_code in wanted:
                return dict(answer.json()) if answer.content and answer.status_code < 300 else {}
            if answer.status_code not in {503, 409}:
                self.problems.append(f"{method} {path}: {answer.status_code} {answer.text[:300]}")
                return {"id": ""}
            self._repeat(str(answer.status_code))
        self.problems.append(f"{method} {path} was not answered")
        return {"id": ""}

    def _repeat(self, why: str) -> None:
        self.repeats[why] += 1
        time.sleep(PAUSE)


def talkers_of(shop: Shop, number: int) -> list[Talker]:
    """So many people of a tenant, who have taken part."""
    found = []
    for each in range(number):
        token = shop.buyer(each)
        me = shop.call("GET", f"{HERE}/me", token=token)
        found.append(Talker(str(shop.client.base_url), token, str(me["id"]), random.Random(each)))
    return found
