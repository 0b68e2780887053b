"""Processes are killed while people react, talk and follow; afterwards every count is right, and nothing is doubled."""

import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from pymongo import MongoClient

from bench.deployment import Deployment, Shop
from fourfold.ground.collection import Collection
from fourfold.social.comments.documents import COMMENTS
from fourfold.social.posts.documents import POSTS
from fourfold.social.reactions.documents import REACTIONS
from tests.builders.counted import miscounted, miscounted_people
from tests.faults.second_worker import second_worker
from tests.faults.talkers import HERE, Talker, talkers_of

LONGEST_REST = 60.0


def rows_of(deployment: Deployment, shop: Shop) -> Callable[[Collection], list[dict[str, Any]]]:
    """What a tenant has of a collection, as it is stored."""

    def look(collection: Collection) -> list[dict[str, Any]]:
        url = deployment.record().urls["mongo"]
        with MongoClient[dict[str, Any]](url, uuidRepresentation="standard") as client:
            return list(client.get_default_database()[collection.name].find({"t": UUID(shop.tenant_id)}))

    return look


def talk_through(deployment: Deployment, shop: Shop, victims: list[str], people: int, pause: float) -> list[Talker]:
    """Has people talk while one process after the other is killed."""
    posts = [shop.call("POST", f"{HERE}/posts", {"text": f"Post {each}"}, shop.owner)["id"] for each in range(3)]
    talkers, stop = talkers_of(shop, people), threading.Event()
    ids = [each.id for each in talkers]
    threads = [
        threading.Thread(target=each.live, args=(posts, sorted({*ids} - {each.id}), stop), daemon=True)
        for each in talkers
    ]
    for thread in threads:
        thread.start()
    killed: Counter[str] = Counter()
    for name in victims:
        time.sleep(pause)
        with suppress(ProcessLookupError, KeyError):
            os.kill(deployment.pids()[name], signal.SIGKILL)
            killed[name] += 1
    time.sleep(pause)
    stop.set()
    for thread in threads:
        thread.join(2 * LONGEST_REST)
    deployment.until_ready()
    assert killed == Counter(victims)
    return talkers


def assert_all_is_right(deployment: Deployment, shop: Shop, talkers: list[Talker]) -> None:
    """What people were told is so, once, and each count is that of what there is."""
    assert [problem for each in talkers for problem in each.problems] == []
    look = rows_of(deployment, shop)
    deadline = time.monotonic() + LONGEST_REST
    while (wrong := [*miscounted(look), *miscounted_people(look)]) and time.monotonic() < deadline:
        time.sleep(0.5)
    assert wrong == []
    reacted = {(str(each["by"]), str(each["target"])): each["kind"] for each in look(REACTIONS)}
    assert len(reacted) == len(look(REACTIONS)), "somebody has reacted twice"
    told = {(each.id, post): kind for each in talkers for post, kind in each.reacted.items() if kind is not None}
    assert reacted == told
    texts = Counter(each["text"] for each in look(COMMENTS) if each["state"] == "published")
    assert texts == Counter(text for each in talkers for text in each.said if text not in each.deleted)
    assert len(texts) > 0


def test_killed_processes_leave_counts_right(deploy: Callable[..., Deployment]) -> None:
    """S-24, S-25, S-06, I13, I23, I24: API processes and the worker are killed while people react and talk."""
    deployment = deploy(workers=2)
    shop = deployment.open_shop("talkative")
    talkers = talk_through(deployment, shop, ["api-1", "worker", "api-2"], 6, 1.2)
    assert_all_is_right(deployment, shop, talkers)


def publish_through(deployment: Deployment, shops: Sequence[Shop], kills: int, posts: int) -> list[float]:
    """Has posts scheduled, half a second apart, while the worker is killed; how late each of them was out (s)."""
    began = datetime.now(UTC) + timedelta(seconds=3)
    due: dict[str, datetime] = {}
    for number in range(posts):
        shop, at = shops[number % len(shops)], began + timedelta(seconds=number / 2)
        body = {"text": f"Post {number}", "publish_at": at.isoformat()}
        due[shop.call("POST", f"{HERE}/posts", body, shop.owner)["id"]] = at
    out: dict[str, float] = {}
    rest = timedelta(seconds=LONGEST_REST)
    kill_at = [began + timedelta(seconds=(each + 0.7) * posts / 2 / kills) for each in range(kills)]
    while len(out) < posts and datetime.now(UTC) < began + timedelta(seconds=posts / 2) + rest:
        if kill_at and datetime.now(UTC) > kill_at[0]:
            kill_at.pop(0)
            with suppress(ProcessLookupError, KeyError):
                os.kill(deployment.pids()["worker"], signal.SIGKILL)
        for shop in shops:
            for post in shop.call("GET", f"{HERE}/feed?limit=100", token=shop.owner)["items"]:
                late = (datetime.now(UTC) - due[post["id"]]).total_seconds()
                out.setdefault(post["id"], late)
        time.sleep(0.02)
    deployment.until_ready()
    for number, shop in enumerate(shops):
        mine = Counter(post["text"] for post in shop.call("GET", f"{HERE}/feed?limit=100", token=shop.owner)["items"])
        assert mine == Counter(f"Post {each}" for each in range(posts) if each % len(shops) == number)
        rows = rows_of(deployment, shop)(POSTS)
        assert Counter(row["state"] for row in rows) == Counter(published=len(mine))
    return [out[post] for post in due]


def test_scheduled_posts_are_out_once(deploy: Callable[..., Deployment]) -> None:
    """S-22, I27: two tenants' posts, each once, not before their time, while the worker is killed."""
    deployment = deploy()
    shops = [deployment.open_shop("early"), deployment.open_shop("late")]
    assert min(publish_through(deployment, shops, 2, 10)) >= 0


@pytest.mark.faults
def test_scheduled_posts_are_out_in_time(deploy: Callable[..., Deployment]) -> None:
    """S-22, I27: the same for longer, with two workers, of which one is killed again and again: within two seconds."""
    deployment = deploy()
    shops = [deployment.open_shop("early"), deployment.open_shop("late")]
    with second_worker(deployment):
        late = publish_through(deployment, shops, 10, 80)
    assert 0 <= min(late) <= max(late) < 2, sorted(late)[-5:]


@pytest.mark.faults
def test_many_kills_leave_counts_right(deploy: Callable[..., Deployment]) -> None:
    """S-24, S-25, S-06, I23, I24: the same for long, and with the servers of documents, rows and hints as well."""
    deployment = deploy(workers=2)
    shop = deployment.open_shop("chatty")
    victims = ["api-1", "mongo", "worker", "valkey", "api-2", "postgres"] * 3
    talkers = talk_through(deployment, shop, victims, 8, 4.0)
    assert_all_is_right(deployment, shop, talkers)
