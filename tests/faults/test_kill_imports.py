"""The worker is killed in the middle of imports; afterwards everything is there once, as if nothing had happened."""

import os
import random
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from bench.catalogue import write_shopify_csv
from bench.deployment import Deployment, Shop

IMPORTS = "/v1/commerce/imports"
LONGEST = 300.0


def asked(shop: Shop, path: str) -> httpx.Response:
    """An answer to the owner; a request that met a dying process is sent again."""
    deadline = time.monotonic() + LONGEST
    while True:
        with suppress(httpx.TransportError):
            answer = shop.client.get(path, headers={"Authorization": f"Bearer {shop.owner}"})
            if answer.status_code == 200:
                return answer
        assert time.monotonic() < deadline, path
        time.sleep(0.1)


def begun(shop: Shop, file: Path) -> str:
    """The path of a started import."""
    headers = {"Authorization": f"Bearer {shop.owner}"}
    answer = shop.client.post(IMPORTS, files={"file": (file.name, file.read_bytes())}, headers=headers)
    assert answer.status_code == 202, answer.text
    return answer.headers["Location"]


def reached(shop: Shop, path: str, products: int) -> dict[str, Any]:
    """The import once it has read so many products, or ended."""
    deadline = time.monotonic() + LONGEST
    while True:
        found: dict[str, Any] = asked(shop, path).json()
        if found["read"] >= products or found["status"] in {"done", "failed"}:
            return found
        assert time.monotonic() < deadline, found
        time.sleep(0.02)


def killed(deployment: Deployment, name: str) -> bool:
    """Kills a process the hard way; False when it is dead already."""
    pid = deployment.pids().get(name)
    with suppress(ProcessLookupError):
        if pid is not None:
            os.kill(pid, signal.SIGKILL)
            return True
    return False


def compare(deployment: Deployment, file: Path, products: int, kills: list[tuple[int, str]]) -> None:
    """Imports the file undisturbed into one shop, and into another with kills at so many products read."""
    calm, stormy = deployment.open_shop("calm"), deployment.open_shop("stormy")
    expected = reached(calm, begun(calm, file), products + 1)
    path = begun(stormy, file)
    done = []
    for at, name in kills:
        if reached(stormy, path, at)["status"] == "running" and killed(deployment, name):
            done.append(name)
            time.sleep(1)
    assert done, "every kill came too late"
    found = reached(stormy, path, products + 1)
    same = ("status", "progress", "read", "created", "updated", "unchanged", "failed", "problem")
    assert {name: found[name] for name in same} == {name: expected[name] for name in same}
    assert found["status"] == "done"
    errors = [
        asked(shop, f"{each}/errors").text for shop, each in ((calm, f"{IMPORTS}/{expected['id']}"), (stormy, path))
    ]
    assert errors[0] == errors[1]
    exports = [asked(shop, "/v1/commerce/exports/products").text for shop in (calm, stormy)]
    assert sorted(exports[0].splitlines()) == sorted(exports[1].splitlines())
    again = reached(stormy, begun(stormy, file), products + 1)
    assert (again["created"], again["updated"], again["unchanged"]) == (0, 0, expected["created"])


def test_a_killed_worker_loses_and_doubles_nothing(deploy: Callable[..., Deployment], tmp_path: Path) -> None:
    """C-10, P-27: the worker dies in the middle of 5,000 products; the next one goes on behind the last batch."""
    file = tmp_path / "catalogue.csv"
    write_shopify_csv(file, 5_000, seed=5, broken_every=50)
    compare(deploy(), file, 5_000, [(1_000, "worker")])


@pytest.mark.faults
def test_many_kills_of_an_import(deploy: Callable[..., Deployment], tmp_path: Path) -> None:
    """C-10, P-27: worker, API, PostgreSQL and Valkey are killed again and again."""
    chance = random.Random(10)
    file = tmp_path / "catalogue.csv"
    write_shopify_csv(file, 15_000, seed=6, broken_every=50)
    victims = ["worker", "postgres", "worker", "api-1", "valkey", "worker", "postgres", "worker"]
    kills = [(at * 1_500 + chance.randrange(1_000), name) for at, name in enumerate(victims, 1)]
    compare(deploy(), file, 15_000, kills)
