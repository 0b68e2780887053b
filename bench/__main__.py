"""`python -m bench [NAME ...]`: runs the scenarios, prints a table and writes bench/results.json."""

import json
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from bench.checkouts import checkouts
from bench.community import community
from bench.figures import Figure, table
from bench.guards import guards
from bench.machine import machine
from bench.reads import catalogue, reads
from bench.sign_ins import sign_ins
from bench.sockets import sockets
from bench.starts import memory, starts

SCENARIOS: Mapping[str, Callable[[], list[Figure]]] = {
    "starts": starts,
    "memory": memory,
    "reads": reads,
    "catalogue": catalogue,
    "guards": guards,
    "checkouts": checkouts,
    "sign_ins": sign_ins,
    "sockets": sockets,
    "community": community,
}
RESULTS = Path(__file__).with_name("results.json")


def main(names: list[str]) -> int:
    """Runs the named scenarios, or all; 1 when a figure misses its target."""
    unknown = [name for name in names if name not in SCENARIOS]
    if unknown:
        print(f"There is no scenario {unknown[0]}; there are: {', '.join(SCENARIOS)}.", file=sys.stderr)
        return 2
    about = machine()
    figures: list[Figure] = []
    for name in names or SCENARIOS:
        began = time.monotonic()
        figures += SCENARIOS[name]()
        print(f"{name}: {time.monotonic() - began:.0f} s", file=sys.stderr)
    print(table(figures))
    results = {"at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "machine": about, "scenarios": names or "all"}
    RESULTS.write_text(json.dumps({**results, "figures": [each.as_dict() for each in figures]}, indent=1) + "\n")
    return int(any(each.met is False for each in figures))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
