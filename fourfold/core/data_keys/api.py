"""Ways in to data keys."""

from typing import Annotated

from fastapi import Response

from fourfold.core.access.step_up import must_be_fresh
from fourfold.core.data_keys.rotate import rotate_data_key
from fourfold.core.data_keys.shapes import DataKeyShape, RotationShape
from fourfold.ground.answers import problems
from fourfold.ground.data_keys import sealing_keys
from fourfold.ground.door import may, room_router
from fourfold.ground.pages import Page
from fourfold.ground.resealing import uses_of_keys
from fourfold.ground.work import View, Work

router = room_router("/v1/core", "data-keys")


@router.get("/data-keys", summary="List the keys that seal fields", responses=problems(401, 403))
async def data_keys_here(view: Annotated[View, may("core:data_keys:read", opens=View)]) -> Page[DataKeyShape]:
    """The tenant's keys, the newest first, and how many fields each has sealed. The keys themselves stay inside."""
    uses = await uses_of_keys(view, view.house.sealer.places.values())
    rows = await sealing_keys(view.db, view.who.tenant_id)
    items = [
        DataKeyShape(
            id=row["id"], created_at=row["created_at"], replaced_at=row["replaced_at"], retired_at=row["retired_at"],
            fields=uses.get(row["id"], 0),
        )
        for row in rows
    ]  # fmt: skip
    return Page(items=items, next=None)


@router.post("/data-keys/rotate", status_code=202, summary="Change the sealing key", responses=problems(401, 403, 409))
async def rotate_here(work: Annotated[Work, may("core:data_keys:write")], response: Response) -> RotationShape:
    """The new key seals at once. A job seals all else with it, and destroys the old key when nothing needs it."""
    must_be_fresh(work)
    rotation = await rotate_data_key(work)
    response.headers["Location"] = f"/v1/core/jobs/{rotation.job_id}"
    return rotation
