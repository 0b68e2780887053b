"""Reads of devices."""

from typing import Any
from uuid import UUID

from fourfold.ground.document_work import DocumentView
from fourfold.social.devices.documents import DEVICES

MOST_DEVICES = 20


async def devices_of(view: DocumentView, person: UUID) -> list[dict[str, Any]]:
    """A person's devices, the oldest first."""
    return await view.documents(DEVICES).find({"person": person}, sort=["_id"], limit=MOST_DEVICES)
