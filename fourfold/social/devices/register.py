"""Registering devices, and forgetting them."""

from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from fourfold.ground.again import TryAgain
from fourfold.ground.collection import Duplicate
from fourfold.ground.document_work import DocumentView, DocumentWork
from fourfold.ground.filters import ne, one_of
from fourfold.ground.ids import new_id
from fourfold.ground.personal import Person, PersonalData, Told
from fourfold.ground.refusals import Conflict, NotFound
from fourfold.ground.work import View, Work
from fourfold.social.devices.documents import DEVICES, PUSHES
from fourfold.social.devices.queries import MOST_DEVICES, devices_of
from fourfold.social.devices.shapes import DeviceShape
from fourfold.social.people.ensure import ensure_person


class NoSuchDevice(NotFound):
    """404: the caller has no such device."""

    code = "social.no_such_device"
    title = "There is no such device"


class TooManyDevices(Conflict):
    """409: nobody carries more than these."""

    code = "social.too_many_devices"
    title = f"At most {MOST_DEVICES} devices"


class RegisterDevice(BaseModel):
    """A device, as its provider knows it."""

    model_config = ConfigDict(extra="forbid")

    provider: str = Field(pattern="^[a-z0-9_-]{1,40}$", description="Who brings messages to it.", examples=["fcm"])
    token: str = Field(
        pattern=r"^[\x21-\x7e]{1,500}$", description="What the provider knows it by.", examples=["fGc3-example-token"]
    )


async def register_device(work: DocumentWork, ask: RegisterDevice) -> DeviceShape:
    """Has the caller told of things on a device; again it is the same device. Raises `TooManyDevices`.

    Whoever used it before is told nothing more on it.
    """
    person = await ensure_person(work)
    kept, own = work.documents(DEVICES), {"person": person.id, "token": ask.token}
    known = await kept.find_one(own)
    if known is None and await kept.count({"person": person.id}, MOST_DEVICES) >= MOST_DEVICES:
        raise TooManyDevices
    fresh = {"_id": known["_id"] if known else new_id(), "provider": ask.provider, "at": work.now}
    await kept.delete_many({"token": ask.token, "person": ne(person.id)})
    now = {"$set": {"provider": ask.provider, "at": work.now}, "$setOnInsert": {"_id": fresh["_id"]}}
    try:
        await kept.update_one(own, now, upsert=True)
    except Duplicate as problem:
        raise TryAgain("the device is being registered") from problem
    return DeviceShape.of(fresh)


async def remove_device(work: DocumentWork, device_id: UUID) -> None:
    """Tells the caller nothing more on a device; raises `NoSuchDevice`."""
    if not await work.documents(DEVICES).delete_one({"_id": device_id, "person": work.who.account}):
        raise NoSuchDevice


async def forget_device(work: DocumentWork, device_id: UUID) -> None:
    """Forgets a device that its provider does not know any more."""
    await work.documents(DEVICES).delete_one({"_id": device_id})


async def _tell(view: View, person: Person) -> Told:
    rows = await devices_of(DocumentView(view.house, view.who), person.account_id)
    return Told([{"provider": row["provider"], "at": row["at"]} for row in rows])


async def _erase(work: Work, person: Person) -> int:
    rows = await work.documents(DEVICES).find({"person": person.account_id}, limit=MOST_DEVICES)
    tokens = one_of([row["token"] for row in rows])
    sent = await work.documents(PUSHES).delete_many({"token": tokens})
    return sent + await work.documents(DEVICES).delete_many({"person": person.account_id})


REGISTERED = PersonalData(
    "social.devices",
    "Devices for messages",
    "Telling somebody at once what concerns them.",
    "What others were told of them, for a day.",
    {
        "social.devices.token": "What the provider knows a device by.",
        "social.pushes.text": "What was sent to it.",
    },
    _tell,
    _erase,
)
