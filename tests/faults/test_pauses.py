"""The worker stands still, and Valkey forgets everything: nothing that was promised is lost."""

import os
import signal
import time
from collections import Counter
from collections.abc import Callable

import pytest
import redis

from bench.deployment import Deployment
from tests.faults.second_worker import second_worker
from tests.faults.test_kills import crowd_of, settle_accounts


@pytest.mark.faults
def test_valkey_forgets_everything(deploy: Callable[..., Deployment]) -> None:
    """P-27, C-34: nothing that only Valkey knows is missed: emptied three times while buyers buy."""
    deployment = deploy()
    shop = deployment.open_shop("forgetful")
    crowd = crowd_of(shop, deployment, 8)
    worker = deployment.pids()["worker"]
    for _ in range(3):
        time.sleep(1.5)
        os.kill(worker, signal.SIGSTOP)
        time.sleep(1.5)
        with redis.Redis.from_url(deployment.record().urls["valkey"]) as valkey:
            valkey.flushall()
        os.kill(worker, signal.SIGCONT)
    settle_accounts(deployment, shop, crowd, Counter(flushes=3))


@pytest.mark.faults
def test_worker_stands_still(deploy: Callable[..., Deployment]) -> None:
    """P-27, C-34: a worker that stands still for longer than its signs of life last does nothing twice afterwards."""
    deployment = deploy()
    shop = deployment.open_shop("still")
    crowd = crowd_of(shop, deployment, 8)
    time.sleep(2)
    worker = deployment.pids()["worker"]
    os.kill(worker, signal.SIGSTOP)
    with second_worker(deployment):
        time.sleep(12)
        os.kill(worker, signal.SIGCONT)
        time.sleep(3)
        settle_accounts(deployment, shop, crowd, Counter(pauses=1))
