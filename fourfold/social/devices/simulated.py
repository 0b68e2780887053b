"""The simulated provider of messages to devices: it keeps what it was handed for a day."""

from fourfold.contracts.social import PushNote
from fourfold.ground.again import TryAgain, until_done
from fourfold.ground.collection import Duplicate
from fourfold.ground.document_work import DocumentWork, begin_documents
from fourfold.ground.house import House
from fourfold.ground.who import Who
from fourfold.social.devices.documents import PUSHES

GONE = "gone-"


class SimulatedPushes:
    """Answers the port `Pushes`; tokens that begin with `gone-` are of devices that are no more."""

    def __init__(self, house: House) -> None:
        self._house = house

    async def push(self, note: PushNote) -> bool:
        """Keeps the note, of two alike one; False for a device that is no more."""
        if note.token.startswith(GONE):
            return False

        async def keep() -> None:
            async with begin_documents(self._house, Who.system(note.tenant_id)) as work:
                await _keep(work, note)

        await until_done(keep)
        return True


async def _keep(work: DocumentWork, note: PushNote) -> None:
    own = {"token": note.token, "seq": note.seq, "text": note.text}
    fresh = {"provider": note.provider, "unread": note.unread, "at": work.now}
    try:
        await work.documents(PUSHES).update_one(own, {"$setOnInsert": fresh}, upsert=True)
    except Duplicate as problem:
        raise TryAgain("the same note is being kept") from problem
