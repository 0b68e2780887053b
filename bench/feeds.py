"""The feed of somebody who follows two hundred people: out of a timeline, and without one."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
from pymongo import MongoClient
from redis import Redis

from bench.deployment import Deployment, Shop, deployed, free_port
from bench.figures import Figure, median
from bench.load import Load, run_load
from fourfold.ground.ids import new_id
from fourfold.social.people.documents import PEOPLE
from fourfold.social.posts.documents import POSTS
from fourfold.social.ties.documents import TIES

PEOPLE_READ, POSTS_OF_EACH = 200, 10
ROUNDS, SECONDS, CLIENTS, COLD = 3, 4.0, 100, 60
FEED = "/v1/social/feed"
KEY = "bench:feed"
COUNTED = ("like", "love", "laugh", "angry", "sad", "comments", "shares")
Document = dict[str, Any]


def feeds() -> list[Figure]:
    """Twenty posts for a reader of 200 people who have written 2,000: 100 clients, one process of each."""
    with deployed() as deployment:
        shop = deployment.open_shop("feeds")
        reader = UUID(str(shop.call("GET", "/v1/core/me", token=shop.owner)["id"]))
        _fill(deployment, shop, reader)
        header = f"Authorization: Bearer {shop.owner}"
        figures = _cold(deployment, shop, reader)
        with _rival(deployment, shop) as port:
            loads: dict[str, list[Load]] = {"Fourfold": [], "bare": []}
            contestants = {"Fourfold": (deployment.port, FEED), "bare": (port, "/")}
            for round_ in range(ROUNDS + 1):
                for name, (at, path) in contestants.items():
                    load = run_load("reads", at, CLIENTS, SECONDS if round_ else 1.0, headers=[header], paths=[path])
                    assert set(load.outcomes) == {"200"}, load.outcomes
                    if round_:  # the first only warms up
                        loads[name].append(load)
    scenario = f"feed of 20, {CLIENTS} clients"
    for name, each in loads.items():
        figures.append(Figure(scenario, f"{name}: rate", median([load.rate for load in each]), "1/s"))
        figures.append(Figure(scenario, f"{name}: p95", median([load.p95 for load in each]), "ms"))
    rate = {name: median([load.rate for load in each]) for name, each in loads.items()}
    return [*figures, Figure(scenario, "Fourfold / bare", rate["Fourfold"] / rate["bare"], "ratio", at_least=0.7)]


def _cold(deployment: Deployment, shop: Shop, reader: UUID) -> list[Figure]:
    """One client, whose timeline is lost before each look."""
    took: dict[str, list[float]] = {"cold": [], "warm": []}
    key = f"t:{shop.tenant_id}:tl:{reader}"
    with Redis.from_url(deployment.record().urls["valkey"]) as valkey:
        for number in range(COLD):
            valkey.delete(key, f"{key}:facts")
            for each in took.values():
                began = time.perf_counter()
                shop.call("GET", FEED, token=shop.owner)
                if number:  # the first only warms up
                    each.append((time.perf_counter() - began) * 1000)
    p95 = {name: sorted(each)[int(len(each) * 0.95)] for name, each in took.items()}
    scenario = "feed of 20, one client"
    return [
        Figure(scenario, "without a timeline: p95", p95["cold"], "ms", at_most=100),
        Figure(scenario, "out of a timeline: p95", p95["warm"], "ms"),
    ]


def _fill(deployment: Deployment, shop: Shop, reader: UUID) -> None:
    """People, ties and posts as documents: writing them one by one would take longer than all that is measured."""
    tenant, now = UUID(shop.tenant_id), datetime.now(UTC)
    authors = [new_id() for _ in range(PEOPLE_READ)]
    rows: dict[str, list[Document]] = {
        PEOPLE.name: [_person(each, number) for number, each in enumerate(authors)],
        TIES.name: [
            {"_id": new_id(), "u": u, "v": v, "cut": False, **tie}
            for each in authors
            for u, v, tie in ((reader, each, {"follow": "yes"}), (each, reader, {"followed": "yes"}))
        ],
        POSTS.name: [
            _post(author, now - timedelta(seconds=number * PEOPLE_READ + at))
            for number in range(POSTS_OF_EACH)
            for at, author in enumerate(authors)
        ],
    }
    url = deployment.record().urls["mongo"]
    with MongoClient[Document](url, uuidRepresentation="standard") as client:
        for name, documents in rows.items():
            collection = client.get_default_database()[name]
            for start in range(0, len(documents), 1000):
                collection.insert_many([{"t": tenant, **each} for each in documents[start : start + 1000]])


def _person(person: UUID, number: int) -> Document:
    return {
        "_id": person, "handle": f"author_{number}", "name": f"Author {number}", "visibility": "public",
        "state": "active", "settings": {}, "fields": {}, "words": [], "created_at": datetime.now(UTC),
        "counts": {"followers": 1, "following": 0, "friends": 0, "posts": POSTS_OF_EACH},
    }  # fmt: skip


def _post(author: UUID, at: datetime) -> Document:
    return {
        "_id": new_id(), "author": author, "text": "Good morning, everybody", "html": "<p>Good morning, everybody</p>",
        "audience": "public", "state": "published", "kind": "post", "mentions": [], "hashtags": [], "words": [],
        "media": [], "of": None, "chain": [], "above": [], "group": None, "created_at": at, "published_at": at,
        "edited_at": None, "publish_at": None, "time_zone": None, "version": 1, "counts": dict.fromkeys(COUNTED, 0),
    }  # fmt: skip


@contextmanager
def _rival(deployment: Deployment, shop: Shop) -> Iterator[int]:
    """The bare script with the same bytes: its port."""
    port, url = free_port(), deployment.record().urls["valkey"]
    items = shop.call("GET", FEED, token=shop.owner)["items"]
    with Redis.from_url(url) as valkey:
        for place, item in enumerate(reversed(items), 1):
            valkey.zadd(KEY, {item["id"]: place})
            valkey.hset(f"{KEY}:posts", item["id"], json.dumps(item, separators=(",", ":")))
    words = [sys.executable, "-m", "bench.bare_feed", str(port), url, KEY]
    process = subprocess.Popen(words, cwd=Path(__file__).parents[1])
    try:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                found = httpx.get(f"http://127.0.0.1:{port}/").json()
                assert found["items"] == items
                break
            except httpx.TransportError:
                time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait()
