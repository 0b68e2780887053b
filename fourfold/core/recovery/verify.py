"""An address is verified: mail to it arrives."""

from pydantic import BaseModel, ConfigDict, Field

from fourfold.core.accounts.credentials import mark_email_verified
from fourfold.core.accounts.jobs import Greet, greet
from fourfold.core.accounts.queries import account_with_id
from fourfold.core.codes.rules import VERIFY_EMAIL
from fourfold.core.codes.use import InvalidCode, use_token
from fourfold.ground.work import Work


class VerifyEmail(BaseModel):
    """The token of the link that was mailed."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
    token: str = Field(max_length=200, examples=["ffc_0189..."])


async def verify_email(work: Work, ask: VerifyEmail) -> None:
    """Notes that the account's address is its own; raises `InvalidCode`, also when it has another address by now."""
    used = await use_token(work, VERIFY_EMAIL, ask.token)
    account = await account_with_id(work.db, used.account_id)
    if account is None or account["email"] != used.carried:
        raise InvalidCode
    work.note("core.recovery.email_verified", f"account:{used.account_id}")
    await mark_email_verified(work, used.account_id)


def mail_link_again(work: Work) -> None:
    """Has another link mailed to the caller, a few times an hour at most; none when the address is verified."""
    work.later(greet, Greet(account_id=work.who.account, email=work.who.email))
