"""Verifying: every link, every entry and the newest anchors are held against each other; the first flaw is named."""

from pydantic import BaseModel, Field

from fourfold.core.audit import queries
from fourfold.core.audit.anchor import AnchorShape, newest_anchors
from fourfold.core.audit.rules import START, Flaw, flaw_in_entry, flaw_in_link
from fourfold.ground.work import Desk

BATCH = 500
# One anchor vouches for everything before it; older ones count when the newest were removed.
ANCHORS = 48


class VerdictShape(BaseModel):
    """What was found; `first_bad_seq` is the link at which the log is not what was written any more."""

    ok: bool
    entries: int = Field(description="Entries that there are.", examples=[1044])
    sealed: int = Field(description="Entries that have their place in the chain.", examples=[1042])
    first_bad_seq: int | None = Field(None, examples=[None])
    reason: str | None = Field(
        None,
        description="`changed`, `removed`, `forged`, `unsealed`, `anchor_mismatch` or `anchor_forged`.",
        examples=[None],
    )
    anchors_checked: int = Field(examples=[12])


async def verify_log(desk: Desk) -> VerdictShape:
    """Reads the whole log of the tenant, in order and in many short transactions: requests go on meanwhile."""
    anchors = await newest_anchors(desk.house, desk.who.tenant_id, ANCHORS)
    async with desk.view() as view:
        entries = await queries.count_of_entries(view.db)
    sealed, flaw = await _flaw_in_chain(desk, anchors)
    if flaw is None:
        flaw = await _flaw_in_loose(desk, sealed)
    return VerdictShape(
        ok=flaw is None,
        entries=entries,
        sealed=sealed,
        first_bad_seq=flaw.seq if flaw else None,
        reason=flaw.reason if flaw else None,
        anchors_checked=len(anchors),
    )


async def _flaw_in_chain(desk: Desk, anchors: dict[int, AnchorShape | None]) -> tuple[int, Flaw | None]:
    """The number of the last link that was looked at, and the first flaw."""
    is_ours = desk.house.scribe.knows
    seq, prev = 0, START
    while True:
        async with desk.view() as view:
            links = await queries.links_after(view.db, seq, BATCH)
        for link in links:
            flaw = flaw_in_link(link, seq + 1, prev, is_ours)
            seq, prev = seq + 1, link.hash
            if flaw is None and seq in anchors:
                flaw = _flaw_in_anchor(anchors[seq], seq, prev)
            if flaw is not None:
                return seq, flaw
        if len(links) < BATCH:
            break
    beyond = [each for each in anchors if each > seq]
    return seq, Flaw(seq + 1, "anchor_mismatch") if beyond else None


def _flaw_in_anchor(anchor: AnchorShape | None, seq: int, digest: bytes) -> Flaw | None:
    if anchor is None:
        return Flaw(seq, "anchor_forged")
    return None if anchor.hash == digest.hex() else Flaw(seq, "anchor_mismatch")


async def _flaw_in_loose(desk: Desk, sealed: int) -> Flaw | None:
    """What is wrong with the entries that have no place yet: they must wait for one, and be ours."""
    after = None
    while True:
        async with desk.view() as view:
            rows = await queries.loose_entries(view.db, after, BATCH)
        for row in rows:
            entry, after = queries.entry_of(row), row["id"]
            reason = flaw_in_entry(entry, desk.house.scribe.knows) or (None if row["waits"] else "unsealed")
            if reason is not None:
                return Flaw(sealed + 1, reason)
        if len(rows) < BATCH:
            return None
