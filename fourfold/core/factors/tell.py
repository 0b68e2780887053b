"""The owner of an account is told by mail when its second factors change."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from fourfold.contracts.core import Letter
from fourfold.core.accounts.queries import account_with_id
from fourfold.core.notices.send import send_letter
from fourfold.ground.ids import new_id
from fourfold.ground.work import Work


async def tell_owner(work: Work, account_id: UUID, template: str, data: Mapping[str, Any]) -> None:
    """Sends the account's person one of the mails of this room."""
    account = await account_with_id(work.db, account_id)
    if account is not None:
        told = {"name": account["name"], "at": work.now, **data}
        await send_letter(work, Letter(f"{template}:{new_id()}", account["email"], f"core/factors/{template}", told))
