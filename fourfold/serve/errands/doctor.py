"""The doctor: looks at every server, version, migration, clock, disk and permission, and says how to mend each."""

import shutil
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg

from fourfold.ground.db import AWAY
from fourfold.ground.film import OFF, Unplayable, find_ffmpeg, version_of
from fourfold.ground.settings import Settings
from fourfold.ground.storage import open_storage
from fourfold.ground.valkey import ValkeyAway, open_valkey
from fourfold.migrations.guard import unsafe_objects
from fourfold.migrations.lines import LINES, is_current

OLDEST_POSTGRES, OLDEST_VALKEY = 170_006, 8
CLOCK_TOLERANCE = timedelta(seconds=5)
LEAST_FREE_BYTES = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: how it is, and what to do when it is not well."""

    name: str
    ok: bool
    told: str
    mend: str = ""

    def as_dict(self) -> dict[str, Any]:
        """For scripts."""
        return asdict(self)

    def as_line(self) -> str:
        """For people."""
        return f"{'ok  ' if self.ok else 'BAD '} {self.name:22} {self.told}{'  -> ' + self.mend if not self.ok else ''}"


async def examine(settings: Settings, more: Sequence[Callable[[], Awaitable[list[Finding]]]] = ()) -> list[Finding]:
    """Everything that can be found out from here; `more` are checks that ask the tenants' data."""
    findings = [_disk(settings)]
    findings += await _postgres(settings)
    findings += await _valkey(settings)
    findings += await _storage(settings)
    findings.append(await _film(settings))
    for check in more if all(each.ok for each in findings) else ():
        findings += await check()
    return findings


def _disk(settings: Settings) -> Finding:
    folder = settings.home
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    mend = f"free some space on the disk of {folder}"
    return Finding("disk", free >= LEAST_FREE_BYTES, f"{free / 1e9:.1f} GB free in {folder}", mend)


async def _postgres(settings: Settings) -> list[Finding]:
    if settings.postgres_url is None:
        mend = "start it with `fourfold up`, or set FOURFOLD_POSTGRES_URL"
        return [Finding("postgres", ok=False, told="no address, and none runs here", mend=mend)]
    try:
        connection = await asyncpg.connect(settings.postgres_url, timeout=5)
    except (*AWAY, asyncpg.PostgresError, TimeoutError) as problem:
        mend = "start PostgreSQL, and check FOURFOLD_POSTGRES_URL"
        return [Finding("postgres", ok=False, told=f"does not answer: {problem}", mend=mend)]
    before = datetime.now(UTC)
    try:
        row = await connection.fetchrow(
            "SELECT current_setting('server_version_num')::int AS version, now() AS now, rolname,"
            " rolsuper OR rolbypassrls AS unsafe FROM pg_roles WHERE rolname = current_user"
        )
        after = datetime.now(UTC)
    finally:
        await connection.close()
    if row is None:
        return [Finding("postgres", ok=False, told="the role is unknown", mend="check FOURFOLD_POSTGRES_URL")]
    # However long the answer takes, a clock that agrees with ours has told a time in between.
    apart = max(before - row["now"], row["now"] - after, timedelta())
    return [
        Finding("postgres", row["version"] >= OLDEST_POSTGRES, f"version {row['version']}", "upgrade PostgreSQL"),
        Finding("postgres role", not row["unsafe"], row["rolname"], "use a role without SUPERUSER and BYPASSRLS"),
        Finding("clock", apart <= CLOCK_TOLERANCE, f"{apart.total_seconds():.3f} s apart", "synchronise the clocks"),
        await _migrations(settings),
        *await _isolation(settings),
    ]


async def _migrations(settings: Settings) -> Finding:
    if settings.postgres_admin_url is None:
        return Finding("migrations", ok=True, told="not looked at: FOURFOLD_POSTGRES_ADMIN_URL is not set")
    current = await is_current(settings.postgres_admin_url)
    told = f"{', '.join(LINES)} are {'' if current else 'not '}up to date"
    return Finding("migrations", current, told, "run `fourfold migrate`")


async def _isolation(settings: Settings) -> list[Finding]:
    if settings.postgres_admin_url is None:
        return []
    connection = await asyncpg.connect(settings.postgres_admin_url)
    try:
        unsafe = await unsafe_objects(connection)
    finally:
        await connection.close()
    told = "; ".join(unsafe[:5]) if unsafe else "tenants cannot reach each other's rows"
    mend = f"undo what was changed by hand ({len(unsafe)} in all), and serve nobody until then"
    return [Finding("isolation", not unsafe, told, mend)]


async def _valkey(settings: Settings) -> list[Finding]:
    if settings.valkey_url is None:
        mend = "start it with `fourfold up`, or set FOURFOLD_VALKEY_URL"
        return [Finding("valkey", ok=False, told="no address, and none runs here", mend=mend)]
    client = open_valkey(settings.valkey_url)
    try:
        about = await client.info("server")
        memory = await client.config_get("maxmemory-policy")
    except ValkeyAway as problem:
        mend = "start Valkey, and check FOURFOLD_VALKEY_URL"
        return [Finding("valkey", ok=False, told=f"does not answer: {problem}", mend=mend)]
    finally:
        await client.aclose()
    version = str(about.get("valkey_version") or about.get("redis_version"))
    policy = next((_text(value) for value in memory.values()), "")
    return [
        Finding("valkey", int(version.partition(".")[0]) >= OLDEST_VALKEY, f"version {version}", "upgrade Valkey"),
        Finding("valkey eviction", policy == "noeviction", policy, "set maxmemory-policy to noeviction"),
    ]


def _text(value: object) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


async def _storage(settings: Settings) -> list[Finding]:
    place = settings.storage_url or f"{settings.home}/files"
    try:
        storage = open_storage(settings)
        await storage.check()
    except Exception as problem:  # noqa: BLE001 - each kind of storage fails in its own way, and each is told
        mend = "check FOURFOLD_STORAGE_URL and who may write there"
        return [Finding("storage", ok=False, told=f"cannot write to {place}: {problem}", mend=mend)]
    return [Finding("storage", ok=True, told=f"can write to {place}")]


async def _film(settings: Settings) -> Finding:
    """Nobody needs ffmpeg; only one that was named has to be there."""
    mend = "install ffmpeg with ffprobe beside it, or check FOURFOLD_FFMPEG"
    tools = find_ffmpeg(settings)
    if tools is None:
        return Finding("ffmpeg", settings.ffmpeg in {None, OFF}, "none: videos are shown as they were sent", mend)
    try:
        return Finding("ffmpeg", ok=True, told=f"version {await version_of(tools)}")
    except Unplayable as problem:
        return Finding("ffmpeg", ok=False, told=f"does not start: {problem}", mend=mend)
