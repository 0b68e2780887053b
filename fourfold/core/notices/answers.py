"""What other systems may ask of notices."""

from uuid import UUID

from fourfold.contracts.core import Letter
from fourfold.core.notices.send import send_letter
from fourfold.ground.house import House
from fourfold.ground.who import Who
from fourfold.ground.work import begin


class NearNotices:
    """Answers the port `Notices` in this process."""

    def __init__(self, house: House) -> None:
        self._house = house

    async def send(self, tenant_id: UUID, letter: Letter) -> None:
        """Queues the mail in a transaction of its own."""
        async with begin(self._house, Who.system(tenant_id)) as work:
            await send_letter(work, letter)
