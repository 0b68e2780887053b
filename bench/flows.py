"""What the clients of the load generator do: generators that yield requests, and are sent the answers."""

import itertools
import json
import random
import time
from collections import Counter
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

Answer = tuple[int, bytes]
Flow = Generator[bytes, Answer, None]

ADDRESS = {"name": "Ada Buyer", "line1": "1 Main Street", "city": "Berlin", "postal_code": "10115", "country": "DE"}


@dataclass(slots=True)
class Tally:
    """What all clients counted together; seconds are of one request, or of one whole purchase."""

    seconds: list[float] = field(default_factory=list)
    statuses: Counter[str] = field(default_factory=Counter)
    orders: list[str] = field(default_factory=list)


def request(method: str, path: str, headers: Sequence[str], body: object = None) -> bytes:
    """A request as it goes over the wire."""
    data = b"" if body is None else json.dumps(body).encode()
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", *headers]
    if body is not None:
        lines += ["Content-Type: application/json", f"Content-Length: {len(data)}"]
    elif method != "GET":
        lines.append("Content-Length: 0")
    return "\r\n".join([*lines, "", ""]).encode() + data


def reads(spec: dict[str, Any], number: int, tally: Tally, over: Callable[[], bool]) -> Flow:
    """Reads the paths in an order of its own, again and again."""
    chance = random.Random(number)
    requests = [request("GET", path, spec["headers"]) for path in spec["paths"]]
    chance.shuffle(requests)
    for wanted in itertools.cycle(requests):
        if over():
            return
        began = time.perf_counter()
        status, _ = yield wanted
        tally.seconds.append(time.perf_counter() - began)
        tally.statuses[str(status)] += 1


def people(spec: dict[str, Any], number: int, tally: Tally, over: Callable[[], bool]) -> Flow:
    """The same as `reads`, each client as another one of the people."""
    return reads({**spec, "headers": spec["people"][number % len(spec["people"])]}, number, tally, over)


def writes(spec: dict[str, Any], number: int, tally: Tally, over: Callable[[], bool]) -> Flow:
    """Writes posts, one after the other, each client as another one of the people."""
    headers = spec["people"][number % len(spec["people"])]
    for turn in itertools.count():
        if over():
            return
        body = {"text": f"Number {turn} by {number}, *with* a #word", "audience": "public"}
        wanted = request("POST", spec["paths"][0], headers, body)
        began = time.perf_counter()
        status, _ = yield wanted
        tally.seconds.append(time.perf_counter() - began)
        tally.statuses[str(status)] += 1


def purchases(spec: dict[str, Any], number: int, tally: Tally, over: Callable[[], bool]) -> Flow:
    """Buys again and again: a cart, a line, the checkout, the payment. Counts only what is paid."""
    chance = random.Random(number)
    headers = spec["buyers"][number % len(spec["buyers"])]
    while not over():
        began = time.perf_counter()
        lines = [(chance.choice(spec["variants"]), 1)]
        outcome, order = yield from buy(headers, lines)
        tally.statuses[outcome] += 1
        if outcome == "completed":
            tally.seconds.append(time.perf_counter() - began)
            tally.orders.append(order)


def sign_ins(spec: dict[str, Any], number: int, tally: Tally, over: Callable[[], bool]) -> Flow:
    """Signs in again and again, each client as another person."""
    credentials = {"email": spec["emails"][number % len(spec["emails"])], "password": spec["password"]}
    wanted = request("POST", "/v1/core/tokens", spec["headers"], credentials)
    while not over():
        began = time.perf_counter()
        status, _ = yield wanted
        tally.seconds.append(time.perf_counter() - began)
        tally.statuses[str(status)] += 1


def rushes(spec: dict[str, Any], number: int, tally: Tally, _over: Callable[[], bool]) -> Flow:
    """A guest buys once, the variants in order for even numbers of clients and the other way round for odd ones."""
    variants = spec["variants"] if number % 2 == 0 else spec["variants"][::-1]
    lines = [(variant, 1) for variant in variants]
    outcome, order = yield from buy(spec["headers"], lines, f"guest{number}@rush.test")
    tally.statuses[outcome] += 1
    if outcome == "completed":
        tally.orders.append(order)


def buy(
    headers: Sequence[str], lines: Sequence[tuple[str, int]], email: str | None = None
) -> Generator[bytes, Answer, tuple[str, str]]:
    """One purchase: its outcome (a payment's status, or the code of the refusal) and the order's id."""
    status, body = yield request("POST", "/v1/commerce/carts", headers, {})
    if status not in {200, 201}:
        return _refusal(status, body), ""
    cart = json.loads(body)
    for variant, quantity in lines:
        line = {"variant_id": variant, "quantity": quantity}
        status, body = yield request("POST", f"/v1/commerce/carts/{cart['id']}/lines", headers, line)
        if status != 201:
            return _refusal(status, body), ""
    ask: dict[str, Any] = {"shipping_address": ADDRESS, "expected_total": json.loads(body)["totals"]["total"]}
    if email:
        ask["email"] = email
    # The cart does not know the address yet, so the carriage comes with the first quote that is refused.
    for _ in range(2):
        keyed = [*headers, f"Idempotency-Key: {uuid4()}"]
        status, body = yield request("POST", f"/v1/commerce/carts/{cart['id']}/checkout", keyed, ask)
        told = json.loads(body)
        if status == 201:
            break
        if told.get("code") != "commerce.price_changed":
            return _refusal(status, body), ""
        ask["expected_total"] = told["quote"]["totals"]["total"]
    path = f"/v1/commerce/payments/{told['payment']['id']}/confirm"
    status, body = yield request("POST", path, headers, {"card": "4242424242424242"})
    if status != 200:
        return _refusal(status, body), told["order"]["id"]
    return json.loads(body)["status"], told["order"]["id"]


def _refusal(status: int, body: bytes) -> str:
    try:
        return f"{status} {json.loads(body)['code']}"
    except (ValueError, KeyError, TypeError):
        return str(status)


FLOWS = {
    "reads": reads, "people": people, "writes": writes, "purchases": purchases, "rushes": rushes, "sign_ins": sign_ins,
}  # fmt: skip
