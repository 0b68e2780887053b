"""Ways in to the audit log: pages, the verdict on it, the whole of it as a file, anchors. Nothing changes an entry."""

from typing import Annotated
from uuid import UUID

from fastapi import Query
from fastapi.responses import StreamingResponse

from fourfold.core.audit import queries
from fourfold.core.audit.anchor import AnchorShape, anchor_chain
from fourfold.core.audit.export import exported_log
from fourfold.core.audit.shapes import EntryShape
from fourfold.core.audit.verify import VerdictShape, verify_log
from fourfold.ground.answers import problems
from fourfold.ground.door import may, room_router
from fourfold.ground.moments import Moment
from fourfold.ground.pages import Cursor, Limit, Page, cursor_for, position_of
from fourfold.ground.work import Desk, View

router = room_router("/v1/business", "audit")

NDJSON = "application/x-ndjson"
Since = Annotated[Moment | None, Query(alias="from", description="Entries of this moment and later ones.")]
Until = Annotated[Moment | None, Query(alias="to", description="Entries before this moment.")]
Actor = Annotated[UUID | None, Query(description="The account that acted.")]
Action = Annotated[str | None, Query(max_length=200, examples=["core.access.grant_roles"])]
Target = Annotated[
    str | None,
    Query(max_length=200, description="What it was done to: an id, or `kind:id`.", examples=["account:01890a5d"]),
]


@router.get("/audit", summary="List the audit log", responses=problems(401, 403))
async def list_entries_here(
    view: Annotated[View, may("core:audit:read", opens=View)],
    actor: Actor = None,
    action: Action = None,
    target: Target = None,
    since: Since = None,
    until: Until = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Page[EntryShape]:
    """What was done and refused in the tenant, newest first."""
    position = position_of(view, "audit", cursor)
    wanted = {"actor": actor, "action": action, "target": target, "since": since, "until": until}
    rows = await queries.entries_page(view.db, wanted, UUID(position[0]) if position else None, limit + 1)
    items = [EntryShape.of(row) for row in rows[:limit]]
    return Page(items=items, next=cursor_for(view, "audit", [str(items[-1].id)]) if len(rows) > limit else None)


@router.get("/audit/verify", summary="Verify the audit log", responses=problems(401, 403))
async def verify_here(desk: Annotated[Desk, may("core:audit:read", opens=Desk, rate="costly")]) -> VerdictShape:
    """Follows the whole chain and holds it against the newest anchors; names the first link that is not as it was."""
    return await verify_log(desk)


@router.get(
    "/audit/export",
    summary="Export the audit log",
    response_class=StreamingResponse,
    responses={200: {"content": {NDJSON: {}}}, **problems(401, 403)},
)
async def export_here(desk: Annotated[Desk, may("core:audit:read", opens=Desk, rate="costly")]) -> StreamingResponse:
    """The sealed log as NDJSON, which `fourfold audit verify-file` checks without us."""
    headers = {"Content-Disposition": 'attachment; filename="audit.ndjson"'}
    return StreamingResponse(exported_log(desk), media_type=NDJSON, headers=headers)


@router.post("/audit/anchors", status_code=201, summary="Anchor the audit log", responses=problems(401, 403, 409))
async def anchor_here(desk: Annotated[Desk, may("core:audit:anchor", opens=Desk, rate="costly")]) -> AnchorShape:
    """Puts the signed head of the chain into storage now; it is done each hour by itself."""
    return await anchor_chain(desk)
