"""A worker beside that of a deployment, as operators start one on another machine."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from bench.deployment import Deployment


@contextmanager
def second_worker(deployment: Deployment) -> Iterator[None]:
    """It works for as long as the block runs."""
    words = [*deployment.record().children["worker"].argv]
    worker = subprocess.Popen(words, env={**deployment.env, **worker_addresses(deployment)}, cwd="/")
    try:
        yield
    finally:
        worker.terminate()
        worker.wait(30)


def worker_addresses(deployment: Deployment) -> dict[str, str]:
    """Where it finds the servers."""
    as_worker = deployment.admin_url().replace("user=postgres", "user=fourfold_worker")
    return {
        "FOURFOLD_POSTGRES_URL": deployment.admin_url().replace("user=postgres", "user=fourfold_app"),
        "FOURFOLD_POSTGRES_WORKER_URL": as_worker,
        "FOURFOLD_VALKEY_URL": deployment.record().urls["valkey"],
        "FOURFOLD_MONGO_URL": deployment.record().urls["mongo"],
    }
