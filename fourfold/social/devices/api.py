"""Ways in to devices."""

from typing import Annotated
from uuid import UUID

from fourfold.ground.answers import problems
from fourfold.ground.document_work import DocumentView, DocumentWork
from fourfold.ground.door import may, room_router
from fourfold.ground.pages import Page
from fourfold.social.devices.queries import devices_of
from fourfold.social.devices.register import RegisterDevice, register_device, remove_device
from fourfold.social.devices.shapes import DeviceShape

router = room_router("/v1/social", "devices")

Looking = Annotated[DocumentView, may("social:notifications:read", opens=DocumentView)]
Registering = Annotated[DocumentWork, may("social:notifications:write", opens=DocumentWork)]


@router.post("/devices", status_code=201, summary="Register a device", responses=problems(401, 403, 409))
async def register_device_here(ask: RegisterDevice, work: Registering) -> DeviceShape:
    """Has the caller told on a device of what is new; registering it again changes nothing."""
    return await register_device(work, ask)


@router.get("/devices", summary="List devices", responses=problems(401, 403))
async def list_devices_here(view: Looking) -> Page[DeviceShape]:
    """The caller's devices, on one page."""
    rows = await devices_of(view, view.who.account)
    return Page(items=[DeviceShape.of(row) for row in rows], next=None)


@router.delete("/devices/{device_id}", status_code=204, summary="Remove a device", responses=problems(401, 403, 404))
async def remove_device_here(device_id: UUID, work: Registering) -> None:
    """Tells the caller nothing more on a device."""
    await remove_device(work, device_id)
