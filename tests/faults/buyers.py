"""Buyers who do not give up: each repeats a request under the same key until somebody answers it."""

import random
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any
from uuid import uuid4

import httpx

from bench.flows import ADDRESS

CARD = {"card": "4242424242424242"}
LONGEST_WAIT = 90.0
PAUSE = 0.1


class GaveUp(Exception):
    """Nobody has answered for too long."""


@dataclass(slots=True)
class Purchase:
    """What a buyer was told: every order id that the checkout answered with, and what became of the payment."""

    cart: str
    order_ids: set[str] = field(default_factory=set)
    number: str = ""
    payment: str = ""
    outcome: str = ""


@dataclass(slots=True)
class Crowd:
    """Buyers in threads, buying until they are told to stop."""

    base: str
    tenant: str
    variants: list[str]
    purchases: list[Purchase] = field(default_factory=list)
    repeats: Counter[str] = field(default_factory=Counter)
    refusals: list[str] = field(default_factory=list)
    answered_at: list[float] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)
    threads: list[threading.Thread] = field(default_factory=list)

    def start(self, buyers: list[dict[str, str]], guests: int) -> None:
        """Lets signed-in buyers (by their headers) and guests loose."""
        everybody = [*buyers, *({"X-Tenant": self.tenant} for _ in range(guests))]
        self.threads = [
            threading.Thread(target=self._buy_on_and_on, args=(number, headers), daemon=True)
            for number, headers in enumerate(everybody)
        ]
        for thread in self.threads:
            thread.start()

    def finish(self) -> None:
        """Lets everybody finish what they are buying."""
        self.stop.set()
        for thread in self.threads:
            thread.join(LONGEST_WAIT + 30)
            assert not thread.is_alive(), "a buyer hangs"

    def longest_silence(self) -> float:
        """The longest time in which nobody was answered, in seconds."""
        times = sorted(self.answered_at)
        return max((later - sooner for sooner, later in pairwise(times)), default=0.0)

    def _buy_on_and_on(self, number: int, headers: dict[str, str]) -> None:
        chance = random.Random(number)
        with httpx.Client(base_url=self.base, headers=headers, timeout=15) as client:
            while not self.stop.is_set():
                try:
                    self._buy(client, chance, f"guest{number}@crowd.test")
                except GaveUp as problem:
                    self.refusals.append(str(problem))
                    return

    def _buy(self, client: httpx.Client, chance: random.Random, email: str) -> None:
        cart = self._insist(client, "/v1/commerce/carts", {})
        if cart is None:
            return
        bought = Purchase(cart["id"])
        line = {"variant_id": chance.choice(self.variants), "quantity": chance.randint(1, 3)}
        filled = self._insist(client, f"/v1/commerce/carts/{bought.cart}/lines", line)
        if filled is None:
            return
        ask: dict[str, Any] = {"shipping_address": ADDRESS, "expected_total": filled["totals"]["total"]}
        if "authorization" not in client.headers:
            ask["email"] = email
        self.purchases.append(bought)
        placed = self._insist(client, f"/v1/commerce/carts/{bought.cart}/checkout", ask, bought)
        if placed is None:
            return
        bought.number, bought.payment = placed["order"]["number"], placed["payment"]["id"]
        # A second click on the button, under the same key, is answered with the same order.
        deadline = time.monotonic() + LONGEST_WAIT
        while bought.outcome not in {"completed", "failed"}:
            told = self._insist(client, f"/v1/commerce/payments/{bought.payment}/confirm", CARD, keyed=False)
            if told is None or time.monotonic() > deadline:
                return
            bought.outcome = told["status"]
            time.sleep(0 if bought.outcome == "completed" else PAUSE)

    def _insist(
        self, client: httpx.Client, path: str, body: object, bought: Purchase | None = None, *, keyed: bool = True
    ) -> dict[str, Any] | None:
        headers = {"Idempotency-Key": str(uuid4())} if keyed else {}
        deadline = time.monotonic() + LONGEST_WAIT
        answers = 0
        while time.monotonic() < deadline:
            try:
                answer = client.post(path, json=body, headers=headers)
            except httpx.TransportError as problem:
                self._repeat(type(problem).__name__)
                continue
            if answer.status_code >= 500 or "in_flight" in answer.text:
                self._repeat(str(answer.status_code))
                continue
            self.answered_at.append(time.monotonic())
            if answer.status_code >= 400:
                self.refusals.append(f"{path}: {answer.status_code} {answer.text[:300]}")
                return None
            told: dict[str, Any] = answer.json()
            if bought is None:
                return told
            bought.order_ids.add(told["order"]["id"])
            answers += 1
            if answers == 2 or not keyed:
                return told
        reason = f"{path} was not answered"
        raise GaveUp(reason)

    def _repeat(self, why: str) -> None:
        self.repeats[why] += 1
        time.sleep(PAUSE)
