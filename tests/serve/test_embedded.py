"""The servers that come along: what they keep, who may reach them, and what they recover from."""

import asyncio
import os
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from pathlib import Path

import asyncpg
import pytest
import redis.asyncio as redis

from fourfold.serve.supervisor.children import ChildFailed, birth
from fourfold.serve.supervisor.embedded import Postgres, servers_named
from fourfold.serve.supervisor.home import UnsafeFolder, run_folder
from fourfold.serve.supervisor.supervise import start_servers
from tests.serve.deployment import end, launch_ready, notes, pid_of, processes_of, record_of, write_note

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root starts programs as somebody else")


def as_user(command: list[str]) -> subprocess.Popen[bytes]:
    """A program under the account that PostgreSQL runs as."""
    user = Postgres().user()
    uid, gid = (None, None) if user is None else (user.uid, user.gid)
    return subprocess.Popen(command, user=uid, group=gid, stderr=subprocess.DEVNULL, cwd="/")


def owner_of(pid: int) -> int:
    return Path(f"/proc/{pid}").stat().st_uid


async def test_postgres_is_safe_and_speaks_unicode(home: Path) -> None:
    """P-01: version 18, durable, with checksums, no port, and case rules beyond ASCII."""
    async with start_servers(home, ["postgres"]) as servers:
        db = await asyncpg.connect(servers.urls["postgres"])
        wanted = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on", "data_checksums": "on"}
        wanted |= {"listen_addresses": "", "server_encoding": "UTF8", "jit": "off", "max_connections": "200"}
        assert {name: await db.fetchval("SELECT current_setting($1)", name) for name in wanted} == wanted
        assert (await db.fetchval("SHOW server_version")).startswith("18")
        assert await db.fetchval("SELECT upper('äß')") in {"ÄSS", "Äß"}
        await db.close()


async def test_valkey_never_evicts_and_has_no_port(home: Path) -> None:
    """P-01: Valkey keeps an append-only file, refuses rather than evicts, and listens on its socket alone."""
    async with start_servers(home, ["valkey"]) as servers:
        assert set(servers.urls) == {"valkey"}
        async with redis.Redis.from_url(servers.urls["valkey"], decode_responses=True) as valkey:
            told = await valkey.config_get("port", "appendonly", "appendfsync", "maxmemory-policy")
            assert told == {
                "port": "0",
                "appendonly": "yes",
                "appendfsync": "everysec",
                "maxmemory-policy": "noeviction",
            }


def test_unknown_server_is_refused() -> None:
    """P-03: the refusal lists what there is."""
    with pytest.raises(ValueError, match=r"No such embedded server: mysql\. There are postgres, valkey, mongo"):
        servers_named(["mysql"])


async def test_only_we_reach_the_data_and_the_sockets(home: Path) -> None:
    """P-01: no folder with data or a socket is open to other accounts."""
    async with start_servers(home):
        private = (home / "postgres", home / "valkey", home / "logs", home / "run/postgres", home / "run/valkey.sock")
        assert {stat.S_IMODE(path.stat().st_mode) for path in private} == {0o700}
        assert [path for path in (home, home / "run") if path.stat().st_mode & stat.S_IRWXO] == []


@as_root
async def test_root_lends_postgres_an_account(home: Path) -> None:
    """P-01: PostgreSQL, which refuses root, runs under an account without rights; its death is still ours to see."""
    house = launch_ready(home)
    assert owner_of(pid_of(home, "postgres")) not in {0, os.getuid()}
    assert owner_of(pid_of(home, "valkey")) == 0
    end(house)


@as_root
async def test_an_ordinary_user_needs_no_root() -> None:
    """P-01: the same for somebody without rights, up to `kill -9`."""
    place = Path(tempfile.mkdtemp(prefix="fourfold-test-"))
    shutil.chown(place, "nobody")
    home = place / "home"
    house = launch_ready(home, "nobody")
    await write_note(record_of(home).urls, "mine")
    assert len({owner_of(pid_of(home, name)) for name in ("postgres", "valkey", "idle")}) == 1
    end(house, signal.SIGKILL)
    house = launch_ready(home, "nobody")
    assert await notes(record_of(home).urls) == ({"mine"}, {"mine"})
    end(house)
    shutil.rmtree(place)


async def test_long_and_strange_paths(home: Path) -> None:
    """P-01: sockets move to a short folder when the path is too long; spaces and quotes need no care."""
    long = home / ('a folder\'s "long" name, ' * 5) / "data & more"
    assert not run_folder(long).is_relative_to(home)
    assert not run_folder(home / "one,two").is_relative_to(home)
    strange = home / 'it\'s "a" b; c'
    assert run_folder(strange).is_relative_to(strange)
    for place in (long, strange):
        async with start_servers(place) as servers:
            db = await asyncpg.connect(servers.urls["postgres"])
            assert await db.fetchval("SHOW data_directory") == str(place / "postgres")
            await db.close()
            async with redis.Redis.from_url(servers.urls["valkey"]) as valkey:
                assert await valkey.ping()
    shutil.rmtree(run_folder(long))


async def test_short_folder_of_somebody_else_is_refused(home: Path) -> None:
    """P-01: sockets never go into a folder that another account has put in the way."""
    long = home / ("x" * 100)
    run_folder(long).symlink_to(home.parent)
    try:
        with pytest.raises(UnsafeFolder):
            async with start_servers(long, ["valkey"]):
                pass
    finally:
        run_folder(long).unlink()


@pytest.mark.parametrize("kind", ["dead", "stranger"])
async def test_stale_pid_file(home: Path, kind: str) -> None:
    """P-01: a pid file left by a kill is no obstacle, even when its number now belongs to another living process."""
    async with start_servers(home, ["postgres"]):
        kept = (home / "postgres" / "postmaster.pid").read_text().splitlines()
    with as_user(["/bin/sleep", "600"]) as stranger:
        if kind == "dead":
            stranger.kill()
            stranger.wait()
        stale = home / "postgres" / "postmaster.pid"
        stale.write_text("\n".join([str(stranger.pid), *kept[1:]]) + "\n")
        async with start_servers(home, ["postgres"]) as servers:
            db = await asyncpg.connect(servers.urls["postgres"])
            await db.close()
        assert (birth(stranger.pid) is None) == (kind == "dead")
        stranger.kill()


async def test_orphaned_postmaster_is_stopped(home: Path) -> None:
    """P-01: a PostgreSQL that somebody else left on our data makes way for ours."""
    async with start_servers(home, ["postgres"]):
        pass
    postgres = Postgres()
    with as_user(postgres.argv(home)) as orphan:
        while not await postgres.ready(home):
            assert orphan.poll() is None
        async with start_servers(home, ["postgres"]) as servers:
            assert orphan.wait(60) == 0
            db = await asyncpg.connect(servers.urls["postgres"])
            await db.close()


async def test_busy_session_does_not_outlive_its_postmaster(home: Path) -> None:
    """P-01: a session in the middle of long work, which does not notice a kill, does not keep PostgreSQL down."""
    began = time.monotonic()
    house = launch_ready(home)
    first = time.monotonic() - began
    db = await asyncpg.connect(record_of(home).urls["postgres"])
    busy = asyncio.create_task(db.execute("DO $$ BEGIN LOOP END LOOP; END $$"))
    await asyncio.sleep(0.5)
    end(house, signal.SIGKILL)
    began = time.monotonic()
    house = launch_ready(home)
    # How long a start takes depends on what else the machine does.
    assert time.monotonic() - began < first + 10
    with pytest.raises((asyncpg.PostgresError, OSError)):
        await busy
    end(house)


async def test_half_made_cluster_is_made_again(home: Path) -> None:
    """P-01: a kill during the first start leaves nothing that the second one stumbles over."""
    (home / "postgres.fresh" / "base").mkdir(parents=True)
    async with start_servers(home, ["postgres"]) as servers:
        assert not (home / "postgres.fresh").exists()
        db = await asyncpg.connect(servers.urls["postgres"])
        await db.close()


async def test_broken_cluster_is_told_in_one_line(home: Path) -> None:
    """P-05: what PostgreSQL said last is in the message, with the log's place."""
    async with start_servers(home, ["postgres"]):
        pass
    (home / "postgres" / "PG_VERSION").write_text("12\n")
    with pytest.raises(ChildFailed, match=r"postgres does not start .*version 12.*see .*postgres\.log"):
        async with start_servers(home, ["postgres"]):
            pass
    assert processes_of(home) == []
