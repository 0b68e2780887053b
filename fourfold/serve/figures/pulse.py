"""The pulse: what each process tells of itself every few seconds, so that nothing is asked while metrics are read."""

import asyncio
import platform
import resource
import sys
import time
import tomllib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from fourfold.ground import metrics
from fourfold.ground.house import House
from fourfold.ground.valkey import ValkeyAway

EVERY = 5.0
ANSWER_WITHIN = 1.0
STATM = Path("/proc/self/statm")
PROJECT = Path(__file__).parents[3] / "pyproject.toml"


class Pulse:
    """The gauges of one process: `role` is `api` or `worker`."""

    def __init__(self, house: House, role: str) -> None:
        """Nothing is told yet."""
        self._house = house
        self._role = role
        self._cpu = 0.0

    async def keep_on(self) -> None:
        """Tells every `EVERY` seconds until it is cancelled, and then what is left to tell."""
        metrics.build_info.labels(version_here(), platform.python_version()).set(1)
        metrics.process_start_time_seconds.labels(self._role).set(metrics.STARTED)
        late = metrics.process_loop_lag_seconds.labels(self._role)
        try:
            while True:
                await self.ask_valkey()
                self.tell()
                due = time.monotonic() + EVERY
                await asyncio.sleep(EVERY)
                late.set(max(0.0, time.monotonic() - due))
        finally:
            self._house.rates.tell()

    def tell(self) -> None:
        """Sets what can be seen without asking anybody."""
        pool, role = self._house.pool, self._role
        size, idle = pool.get_size(), pool.get_idle_size()
        metrics.pool_connections.labels(role, "idle").set(idle)
        metrics.pool_connections.labels(role, "in_use").set(size - idle)
        metrics.pool_max_connections.labels(role).set(pool.get_max_size())
        # Shown from the start, and not only once somebody has waited.
        metrics.pool_waiting.labels(role).inc(0)
        metrics.limits_alone.labels(role).set(self._house.limits.is_alone)
        metrics.process_resident_memory_bytes.labels(role).set(resident_bytes())
        cpu = time.process_time()
        metrics.process_cpu_seconds_total.labels(role).inc(cpu - self._cpu)
        self._cpu = cpu
        self._house.rates.tell()

    async def ask_valkey(self) -> None:
        """Asks Valkey whether it is there."""
        try:
            async with asyncio.timeout(ANSWER_WITHIN):
                await self._house.valkey.ping()
        except ValkeyAway:
            metrics.valkey_up.labels(self._role).set(0)
            metrics.valkey_failures_total.labels(self._role).inc()
        else:
            metrics.valkey_up.labels(self._role).set(1)


def resident_bytes() -> int:
    """The memory that this process holds now; where nobody tells, the most that it has held."""
    if STATM.exists():
        return int(STATM.read_bytes().split()[1]) * resource.getpagesize()
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


def version_here() -> str:
    """The version of Fourfold that runs: as it is installed, or as the folder that it runs from says."""
    try:
        return version("fourfold")
    except PackageNotFoundError:
        return str(tomllib.loads(PROJECT.read_text())["project"]["version"]) if PROJECT.exists() else "unknown"
