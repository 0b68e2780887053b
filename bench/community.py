"""The community: kept feeds against a bare script, feeds made anew, fan-out, posting, pages and searches."""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

import httpx
from redis import Redis

from bench.deployment import ROOT, Deployment, Shop, deployed, free_port
from bench.figures import Figure, median
from bench.load import Load, percentile, run_load
from bench.machine import cpu_seconds, memory_mb
from bench.members import WORDS, Members

FEED = "/v1/social/feed"
READERS, AUTHORS, FOLLOWED, FOLLOWERS = 16, 3_000, 100, 10_000
# A million take the development server an hour; a replica set of MongoDB takes them as well.
POSTS = 50_000
ROUNDS, SECONDS, CLIENTS, COLD = 5, 4.0, 16, 64
ARRIVED_WITHIN = 30.0


@dataclass(slots=True)
class Community:
    """A tenant with people, ties and posts; `tokens` are those of the readers."""

    deployment: Deployment
    shop: Shop
    members: Members
    tokens: list[str]
    readers: list[UUID]
    authors: list[UUID]

    @property
    def headers(self) -> list[list[str]]:
        """What each reader sends."""
        return [[f"Authorization: Bearer {token}"] for token in self.tokens]

    def load(self, flow: str, paths: Sequence[str], clients: int, seconds: float = SECONDS) -> Load:
        """So many readers at once; all must be answered as they should be."""
        load = run_load(flow, self.deployment.port, clients, seconds, people=self.headers, paths=list(paths))
        assert set(load.outcomes) <= {"200", "201"}, load.outcomes
        return load

    def forget_timelines(self) -> None:
        """Has every feed made anew when it is read next."""
        with Redis.from_url(self.deployment.record().urls["valkey"]) as valkey:
            valkey.incr(f"t:{self.shop.tenant_id}:tl")


def community() -> list[Figure]:
    """All of it on one tenant, one API process."""
    with deployed() as deployment:
        shop = deployment.open_shop("community")
        members = Members(deployment.record().urls["mongo"], shop.tenant_id)
        began = time.monotonic()
        people = members.people(AUTHORS)
        members.posts(people, POSTS)
        figures = [Figure("community", f"{POSTS:,} posts made up", time.monotonic() - began, "s")]
        tokens = [shop.buyer(number) for number in range(READERS)]
        readers = [UUID(shop.call("GET", "/v1/core/me", token=token)["id"]) for token in tokens]
        for token in tokens:
            shop.call("POST", "/v1/social/posts", {"text": "Here I am", "audience": "me"}, token)
        members.follows([(reader, author) for reader in readers for author in people[:FOLLOWED]])
        there = Community(deployment, shop, members, tokens, readers, people)
        try:
            figures += [
                *_kept_feeds(there),
                *_made_feeds(there),
                *_cold_feeds(there),
                *_posting(there),
                *_pages(there),
                *_fan_out(there),
            ]
            figures += _memory(there)
        finally:
            members.close()
    return figures


@contextmanager
def _bare(there: Community) -> Iterator[tuple[int, int]]:
    """A bare function that asks Valkey for the same feed: its port and process number."""
    with Redis.from_url(there.deployment.record().urls["valkey"]) as valkey:
        for token in there.tokens:
            page = there.shop.client.get(FEED, headers={"Authorization": f"Bearer {token}"})
            _keep_bare(valkey, token, page.json()["items"], page.content)
    port = free_port()
    words = [sys.executable, "-m", "bench.bare_feed", str(port), there.deployment.record().urls["valkey"]]
    process = subprocess.Popen(words, cwd=ROOT)
    try:
        for _ in range(300):
            try:
                answer = httpx.get(f"http://127.0.0.1:{port}/", headers={"Authorization": f"Bearer {there.tokens[0]}"})
                break
            except httpx.TransportError:
                time.sleep(0.1)
        page = there.shop.client.get(FEED, headers={"Authorization": f"Bearer {there.tokens[0]}"})
        assert answer.content == page.content, (answer.content[:300], page.content[:300])
        yield port, process.pid
    finally:
        process.terminate()
        process.wait()


def _keep_bare(valkey: "Redis", token: str, items: list[dict[str, str]], page: bytes) -> None:
    """A list of places, and each post rendered by itself, as whoever writes the bare script would keep them."""
    rendered = page.removeprefix(b'{"items":[').rpartition(b'],"next"')[0]
    cuts = [rendered.find(b'{"id":"' + each["id"].encode()) for each in items] + [len(rendered) + 1]
    for at, item in enumerate(items):
        valkey.set(f"bare:post:{token}:{item['id']}", rendered[cuts[at] : cuts[at + 1] - 1])
        valkey.zadd(f"bare:feed:{token}", {f"bare:post:{token}:{item['id']}": -at})
    valkey.set(f"bare:next:{token}", page.rpartition(b',"next":')[2][:-1])


def _kept_feeds(there: Community) -> list[Figure]:
    api = there.deployment.pids()["api-1"]
    ratios: list[float] = []
    ours: list[Load] = []
    theirs: list[Load] = []
    costs: tuple[list[float], list[float]] = ([], [])
    with _bare(there) as (port, pid):
        for round_ in range(ROUNDS + 1):
            used = cpu_seconds([api]), cpu_seconds([pid])
            one = there.load("people", [FEED], CLIENTS, SECONDS if round_ else 1.0)
            mine = (cpu_seconds([api]) - used[0]) * 1000 / sum(one.outcomes.values())
            other = run_load("people", port, CLIENTS, SECONDS if round_ else 1.0, people=there.headers, paths=["/"])
            bare = (cpu_seconds([pid]) - used[1]) * 1000 / sum(other.outcomes.values())
            if round_:
                ratios.append(one.rate / other.rate)
                ours.append(one)
                theirs.append(other)
                costs[0].append(mine)
                costs[1].append(bare)
    scenario = f"feed of 20, kept, {CLIENTS} clients"
    return [
        Figure(scenario, "Fourfold: rate", median([each.rate for each in ours]), "1/s"),
        Figure(scenario, "Fourfold: p95", median([each.p95 for each in ours]), "ms"),
        Figure(scenario, "Fourfold: CPU of the process", median(costs[0]), "ms/request"),
        Figure(scenario, "bare: rate", median([each.rate for each in theirs]), "1/s"),
        Figure(scenario, "bare: CPU of the process", median(costs[1]), "ms/request"),
        Figure(scenario, "Fourfold / bare", median(ratios), "ratio", at_least=0.7),
    ]


def _made_feeds(there: Community) -> list[Figure]:
    """Each feed is of another length than the one before, so none is kept, and half of them have no timeline either."""
    found: list[Load] = []
    for round_ in range(ROUNDS + 1):
        there.forget_timelines()
        load = there.load("people", [f"{FEED}?limit={limit}" for limit in (20, 19, 21)], 2, SECONDS if round_ else 1.0)
        found += [load] if round_ else []
    return _of_loads("feed of 20, made anew, 2 clients", found, 100)


def _cold_feeds(there: Community) -> list[Figure]:
    """Each without anything that Valkey knew, out of the documents alone."""
    took: list[float] = []
    for number in range(COLD):
        there.forget_timelines()
        began = time.perf_counter()
        answer = there.shop.client.get(
            FEED, headers={"Authorization": f"Bearer {there.tokens[number % len(there.tokens)]}"}
        )
        took.append((time.perf_counter() - began) * 1000)
        assert len(answer.json()["items"]) == 20, answer.text[:300]
    scenario = f"feed of 20, cold, {FOLLOWED} followed, one after the other"
    return [
        Figure(scenario, "p50", percentile([each / 1000 for each in took], 0.5), "ms"),
        Figure(scenario, "p95", percentile([each / 1000 for each in took], 0.95), "ms", at_most=100),
    ]


def _posting(there: Community) -> list[Figure]:
    loads = [there.load("writes", ["/v1/social/posts"], CLIENTS, SECONDS if turn else 1.0) for turn in range(ROUNDS)]
    scenario = f"posts written, {CLIENTS} clients"
    return [
        Figure(scenario, "rate", median([each.rate for each in loads[1:]]), "1/s", at_least=150),
        Figure(scenario, "p95", median([each.p95 for each in loads[1:]]), "ms"),
    ]


def _pages(there: Community) -> list[Figure]:
    figures = []
    asked = {
        "member page": [f"/v1/social/people/{person}" for person in there.authors[:200]],
        "posts of a member": [f"/v1/social/people/{person}/posts" for person in there.authors[:200]],
        "search, few found": [f"/v1/social/search?q=unique{number}" for number in range(200)],
        "search, a hundredth found": [f"/v1/social/search?q={word}" for word in WORDS[200:230]],
        "search, a fifth found": [f"/v1/social/search?q={word}" for word in WORDS[10:15]],
    }
    for what, paths in asked.items():
        loads = [there.load("people", paths, 2, SECONDS if turn else 1.0) for turn in range(4)][1:]
        figures += _of_loads(f"{what}, {POSTS:,} posts, 2 clients", loads, 100)
    return figures


def _fan_out(there: Community) -> list[Figure]:
    """A post by somebody with many followers, all of whom have timelines, while others read."""
    fans = there.members.people(FOLLOWERS - READERS)
    star = there.shop.buyer(READERS)
    star_id = UUID(there.shop.call("GET", "/v1/core/me", token=star)["id"])
    there.shop.call("POST", "/v1/social/posts", {"text": "Here I am", "audience": "me"}, star)
    settings = {"values": {"social.pushed_readers": 2 * FOLLOWERS}}
    there.shop.call("PATCH", "/v1/core/settings", settings, there.shop.owner)
    there.members.follows([(fan, star_id) for fan in [*there.readers, *fans]])
    with Redis.from_url(there.deployment.record().urls["valkey"]) as valkey:
        _empty_timelines(valkey, there, fans)
        meanwhile: list[Load] = []
        reading = threading.Thread(target=lambda: meanwhile.append(there.load("people", [FEED], 2, 8.0)))
        reading.start()
        time.sleep(1)
        began = time.monotonic()
        post = there.shop.call("POST", "/v1/social/posts", {"text": "Hello, all", "audience": "public"}, star)
        member = UUID(post["id"]).bytes + star_id.bytes
        waiting = [f"t:{there.shop.tenant_id}:tl:{fan}" for fan in fans]
        while waiting and time.monotonic() < began + ARRIVED_WITHIN:
            with valkey.pipeline(transaction=False) as several:
                for key in waiting:
                    several.zscore(key, member)
                waiting = [key for key, score in zip(waiting, several.execute(), strict=True) if score is None]
            time.sleep(0.05)
        took = time.monotonic() - began
        reading.join()
    scenario = f"a post for {FOLLOWERS:,} followers"
    return [
        Figure(scenario, "until it is in all feeds", took, "s", at_most=5),
        Figure(scenario, "feeds not reached", len(waiting), "", at_most=0),
        Figure(scenario, "p95 of others' feeds meanwhile", meanwhile[0].p95, "ms", at_most=100),
    ]


def _empty_timelines(valkey: "Redis", there: Community, fans: Sequence[UUID]) -> None:
    """Timelines as of people who have read their feeds, without ten thousand of them reading."""
    with valkey.pipeline(transaction=False) as several:
        for fan in fans:
            key = f"t:{there.shop.tenant_id}:tl:{fan}"
            several.zadd(key, {"": 0})
            several.hset(f"{key}:facts", mapping={"people": 1, "floor": 0, "turn": "0"})
        several.execute()


def _memory(there: Community) -> list[Figure]:
    return [
        Figure("community", f"memory of {name}", memory_mb(pid)["pss"], "MB pss")
        for name, pid in there.deployment.pids().items()
    ]


def _of_loads(scenario: str, loads: Sequence[Load], at_most: float) -> list[Figure]:
    return [
        Figure(scenario, "rate", median([each.rate for each in loads]), "1/s"),
        Figure(scenario, "p50", median([each.p50 for each in loads]), "ms"),
        Figure(scenario, "p95", median([each.p95 for each in loads]), "ms", at_most=at_most),
    ]
