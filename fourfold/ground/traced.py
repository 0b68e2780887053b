"""The clients of PostgreSQL and Valkey while requests are traced: each call is a span, without its values."""

import re
from contextlib import AbstractContextManager
from functools import lru_cache
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.client import Pipeline

from fourfold.ground.pool import PooledConnection
from fourfold.ground.traces import call_of_server

_FIRST_WORD = re.compile(r"\s*([A-Za-z]+)")
# A row lock (FOR UPDATE) and an upsert (DO UPDATE) are parts of another statement.
_WRITES = re.compile(r"(?<!FOR )(?<!DO )\b(INSERT INTO|UPDATE|DELETE FROM)\s+([a-z_]+\.[a-z_]+|[a-z_]+)")
_READS = re.compile(r"\bFROM\s+([a-z_]+\.[a-z_]+|[a-z_]+)\b(?!\()")


def summary_of(statement: str) -> tuple[str, str]:
    """What a statement with parameters does, and to which table: `INSERT`, `ground.job`; the table may be empty."""
    write = _WRITES.search(statement)
    if write is not None:
        return write[1].partition(" ")[0], write[2]
    read = _READS.search(statement)
    word = _FIRST_WORD.match(statement)
    operation = "" if word is None else word[1].upper()
    return "SELECT" if operation == "WITH" else operation, "" if read is None else read[1]


_summary_kept = lru_cache(2048)(summary_of)


def _words(script: str) -> tuple[str, str]:
    """What statements that are sent as text do. Values may be written out in them, so only their ends are looked at."""
    if script.endswith("COMMIT"):
        return "COMMIT", ""
    word = _FIRST_WORD.match(script)
    return "" if word is None else word[1].upper(), ""


def _statement(operation: str, table: str) -> AbstractContextManager[Any]:
    name = f"{operation} {table}".strip() or "SQL"
    attributes = {"db.system.name": "postgresql", "db.operation.name": operation, "db.query.summary": name}
    if table:
        attributes["db.collection.name"] = table
    return call_of_server(name, attributes)


class TracedConnection(PooledConnection):
    """A connection whose statements are spans of whatever the caller is at work on."""

    __slots__ = ()

    async def execute(self, query: str, *args: Any, **rest: Any) -> str:
        """As the driver does."""
        with _statement(*(_summary_kept(query) if args else _words(query))):
            return str(await super().execute(query, *args, **rest))

    async def executemany(self, command: str, args: Any, **rest: Any) -> None:
        """As the driver does."""
        with _statement(*_summary_kept(command)):
            await super().executemany(command, args, **rest)

    async def fetch(self, query: str, *args: Any, **rest: Any) -> Any:
        """As the driver does."""
        with _statement(*_summary_kept(query)):
            return await super().fetch(query, *args, **rest)

    async def fetchrow(self, query: str, *args: Any, **rest: Any) -> Any:
        """As the driver does."""
        with _statement(*_summary_kept(query)):
            return await super().fetchrow(query, *args, **rest)

    async def fetchval(self, query: str, *args: Any, **rest: Any) -> Any:
        """As the driver does."""
        with _statement(*_summary_kept(query)):
            return await super().fetchval(query, *args, **rest)


class TracedValkey(Redis):
    """A client whose commands are spans of whatever the caller is at work on."""

    async def execute_command(self, *args: Any, **options: Any) -> Any:
        """As the client does."""
        command = str(args[0])
        with call_of_server(command, {"db.system.name": "valkey", "db.operation.name": command}):
            return await super().execute_command(*args, **options)  # type: ignore[no-untyped-call]  # the library has no types here

    def pipeline(self, transaction: bool = True, shard_hint: str | None = None) -> Pipeline:  # noqa: FBT001, FBT002 - the client's signature
        """As the client does."""
        return _TracedPipeline(self.connection_pool, self.response_callbacks, transaction, shard_hint)


class _TracedPipeline(Pipeline):
    """Several commands that travel together are one span."""

    async def execute(self, raise_on_error: bool = True) -> list[Any]:  # noqa: FBT001, FBT002 - the client's signature
        """As the client does."""
        attributes: dict[str, str | int] = {
            "db.system.name": "valkey",
            "db.operation.name": "PIPELINE",
            "db.operation.batch.size": len(self.command_stack),
        }
        with call_of_server("PIPELINE", attributes):
            return await super().execute(raise_on_error)
