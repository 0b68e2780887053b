"""Live delivery: 500 people with a post open, at two processes, and others who comment on it."""

import json
import subprocess
import sys
from typing import Any

from bench.deployment import ROOT, deployed
from bench.figures import Figure, median

CLIENTS, ACCOUNTS, ROUNDS, SECONDS = 500, 50, 3, 8.0
# Deliveries each second, and the milliseconds in which 99 of 100 shall have come after the writer was answered.
TARGETS = {2_000: 50.0, 10_000: 120.0}


def sockets() -> list[Figure]:
    """How long events take from their commit to all who listen."""
    figures = []
    with deployed(workers=2) as deployment:
        shop = deployment.open_shop("sockets")
        tokens = [shop.buyer(number) for number in range(ACCOUNTS)]
        post = shop.call("POST", "/v1/social/posts", {"text": "Hello", "audience": "public"}, shop.owner)
        spec = {
            "port": deployment.port, "tokens": tokens, "writer": shop.owner, "clients": CLIENTS,
            "channel": f"post:{post['id']}", "path": f"/v1/social/posts/{post['id']}/comments",
        }  # fmt: skip
        for rate, target in TARGETS.items():
            rounds = [_listen({**spec, "pace": rate / CLIENTS, "seconds": SECONDS}) for _ in range(ROUNDS)]
            figures += _figures(f"{CLIENTS} listeners, {rate} deliveries/s", target, rounds)
    return figures


def _figures(scenario: str, target: float, rounds: list[dict[str, Any]]) -> list[Figure]:
    late = [[each["late"][at] for each in rounds] for at in range(3)]
    return [
        Figure(scenario, "deliveries", median([each["rate"] for each in rounds]), "1/s"),
        Figure(scenario, "lost", sum(each["lost"] for each in rounds), "", at_most=0),
        Figure(scenario, "p50 after the answer", median(late[0]), "ms"),
        Figure(scenario, "p95 after the answer", median(late[1]), "ms"),
        Figure(scenario, "p99 after the answer", median(late[2]), "ms", at_most=target),
        Figure(scenario, "p99 after the request", median([each["whole"][2] for each in rounds]), "ms"),
        Figure(scenario, "until all were connected", median([each["connected"] for each in rounds]), "s"),
    ]


def _listen(spec: dict[str, Any]) -> dict[str, Any]:
    command = [sys.executable, "-m", "bench.listeners"]
    done = subprocess.run(command, input=json.dumps(spec), capture_output=True, text=True, check=False, cwd=ROOT)
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    return dict(json.loads(done.stdout))
