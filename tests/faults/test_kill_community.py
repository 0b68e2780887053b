"""Processes are killed while people react, talk and follow; afterwards every count is right, and nothing is doubled."""

import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from uuid import UUID

import pytest
from pymongo import MongoClient

from bench.deployment import Deployment, Shop
from fourfold.ground.collection import Collection
from fourfold.social.comments.documents import COMMENTS
from fourfold.social.reactions.documents import REACTIONS
from tests.builders.counted import miscounted, miscounted_people
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


@pytest.mark.faults
def test_many_kills_leave_counts_right(deploy: Callable[..., Deployment]) -> None:
    """S-24, S-25, S-06, I23, I24: the same for long, and with the servers of documents, rows and hints as well."""
    deployment = deploy(workers=2)
    shop = deployment.open_shop("chatty")
    victims = ["api-1", "mongo", "worker", "valkey", "api-2", "postgres"] * 3
    talkers = talk_through(deployment, shop, victims, 8, 4.0)
    assert_all_is_right(deployment, shop, talkers)
