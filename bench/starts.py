"""How long a start takes, and what the processes weigh."""

import subprocess
import sys
import time

from bench.deployment import Deployment
from bench.figures import Figure, median
from bench.load import run_load
from bench.machine import memory_mb

ROUNDS = 3
SUPERVISOR = "supervisor"


def starts() -> list[Figure]:
    """The help, an empty folder with the demo, a folder that exists; then memory, idle and after reads."""
    helps, firsts, agains = [], [], []
    for _ in range(ROUNDS):
        began = time.monotonic()
        subprocess.run([sys.executable, "-m", "fourfold.cli", "--help"], capture_output=True, check=True)
        helps.append((time.monotonic() - began) * 1000)
        deployment = Deployment(demo=True)
        try:
            firsts.append(deployment.start())
            deployment.stop()
            agains.append(deployment.start())
        finally:
            deployment.__exit__(None, None, None)
    return [
        Figure("start", "fourfold --help", median(helps), "ms", at_most=300),
        Figure("start", "empty folder to ready, with demo", median(firsts), "s", at_most=10),
        Figure("start", "existing folder to ready", median(agains), "s", at_most=3),
    ]


def memory() -> list[Figure]:
    """Resident and proportional memory of each process, idle and after 20 s of reads."""
    with Deployment(demo=True) as deployment:
        time.sleep(5)
        idle = _weigh(deployment)
        run_load("reads", deployment.port, 100, 20, headers=["X-Tenant: demo"], paths=["/v1/commerce/products"])
        worked = _weigh(deployment)
    figures = [
        Figure("memory", f"{name}, idle", each["pss"], "MB pss", at_most=130 if name == "api-1" else None)
        for name, each in idle.items()
    ]
    figures += [Figure("memory", f"{name}, after reads", each["pss"], "MB pss") for name, each in worked.items()]
    figures.append(Figure("memory", "api-1, idle, resident", idle["api-1"]["rss"], "MB rss"))
    figures.append(Figure("memory", "all, idle", sum(each["pss"] for each in idle.values()), "MB pss", at_most=400))
    return figures


def _weigh(deployment: Deployment) -> dict[str, dict[str, float]]:
    weights = {name: memory_mb(pid) for name, pid in deployment.pids().items()}
    whole = memory_mb(deployment.record().pid)
    weights[SUPERVISOR] = {kind: whole[kind] - sum(each[kind] for each in weights.values()) for kind in whole}
    return weights
