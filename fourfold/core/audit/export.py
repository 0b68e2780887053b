"""The log as a file that proves itself: NDJSON a header, a line for each link, a signed anchor."""

from collections.abc import AsyncIterator
from typing import Any

import orjson

from fourfold.core.audit import queries
from fourfold.core.audit.anchor import public_keys, signed_head
from fourfold.core.audit.rules import Link
from fourfold.ground.audit import record_security_event
from fourfold.ground.work import Desk

FORMAT = "fourfold.audit-export/1"
BATCH = 500
EXPORTED = "core.audit.exported"


def _line(value: Any) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_APPEND_NEWLINE)


def line_of(link: Link) -> bytes:
    """A link as a line; `entry` is the canonical JSON that `hash` is over, as it is kept."""
    entry = link.entry
    line: dict[str, Any] = {"seq": link.seq, "prev": link.prev.hex(), "hash": link.hash.hex()}
    if entry is not None:
        line["entry"] = orjson.Fragment(entry.body)
        if entry.address is not None and entry.salt is not None:
            line |= {"address": entry.address, "salt": entry.salt.hex()}
    return _line(line)


async def exported_log(desk: Desk) -> AsyncIterator[bytes]:
    """The sealed log in pieces, up to the head at the beginning; that it left is an entry, too."""
    await record_security_event(desk.house, desk.who, EXPORTED, "audit")
    async with desk.view() as view:
        head = await queries.head(view.db)
    last = head["seq"] if head else 0
    header = {
        "format": FORMAT,
        "tenant_id": str(desk.who.tenant_id),
        "links": last,
        "public_key": public_keys(desk.house)[0],
    }
    yield _line(header)
    seq = 0
    while seq < last:
        async with desk.view() as view:
            links = await queries.links_after(view.db, seq, min(BATCH, last - seq))
        if not links:
            break
        yield b"".join(line_of(link) for link in links)
        seq = links[-1].seq
    if head is not None:
        yield _line(
            {"anchor": signed_head(desk.house, desk.who.tenant_id, last, bytes(head["hash"])).model_dump(mode="json")}
        )
