"""An API key is made: for the caller, or for a service account."""

import secrets
from collections.abc import Sequence
from hashlib import sha256
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from fourfold.core.keys import queries, tables
from fourfold.core.keys.rules import Environment, is_network, key_text, shown_prefix
from fourfold.core.keys.shapes import NewKeyShape
from fourfold.ground.ids import new_id
from fourfold.ground.moments import Moment
from fourfold.ground.refusals import FieldError, Forbidden, Invalid, NotFound
from fourfold.ground.work import View, Work

MANAGES_SERVICES = "core:service_accounts:write"


def _network(text: str) -> str:
    if not is_network(text):
        raise ValueError("write a network as 192.0.2.0/24 or 2001:db8::/32, or one address")
    return text


Network = Annotated[str, Field(max_length=50, examples=["192.0.2.0/24"]), AfterValidator(_network)]
Networks = Annotated[list[Network], Field(max_length=50)]


class MakeKey(BaseModel):
    """A key to be made. Without `environment` it is one for this deployment."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
    name: str = Field(min_length=1, max_length=100, examples=["warehouse sync"])
    scopes: list[Annotated[str, Field(max_length=100)]] = Field(
        min_length=1, max_length=200, examples=[["commerce:products:write"]]
    )
    expires_at: Moment | None = None
    environment: Environment | None = None
    networks: Networks = Field(default_factory=list)
    account_id: UUID | None = Field(None, description="A service account that shall hold the key; none: the caller.")


class ScopeBeyondRights(Forbidden):
    """403: a key may do no more than its maker."""

    code = "core.scope_beyond_rights"
    title = "A key cannot do more than you may do yourself"


class NoSuchServiceAccount(NotFound):
    """404: this tenant has no such service account."""

    code = "core.no_such_service_account"


async def make_key(work: Work, ask: MakeKey) -> NewKeyShape:
    """Makes a key that may do no more than its maker; only a hash of it is kept."""
    account_id = await holder(work, ask.account_id)
    refuse_past(work, ask.expires_at)
    return await keep_new_key(work, account_id, ask, ask.environment or environment_here(work), ask.scopes)


def environment_here(work: Work) -> Environment:
    """What keys of this deployment are for."""
    return "live" if work.house.settings.env == "production" else "test"


async def holder(view: View, account_id: UUID | None) -> UUID:
    """Whose keys are meant: the caller's, or those of a service account, for who manages them."""
    if account_id is None or account_id == view.who.account:
        return view.who.account
    view.who.must(MANAGES_SERVICES)
    if await queries.service_account(view.db, account_id) is None:
        raise NoSuchServiceAccount
    return account_id


def refuse_past(work: Work, moment: Moment | None) -> None:
    """Raises `Invalid` when a key would have ended before it begins."""
    if moment is not None and moment <= work.now:
        raise Invalid(errors=[FieldError("expires_at", "Choose a time in the future.")])


async def keep_new_key(
    work: Work, account_id: UUID, ask: MakeKey, environment: Environment, scopes: Sequence[str]
) -> NewKeyShape:
    """Writes a key, and shows it this once; raises `ScopeBeyondRights`."""
    beyond = sorted(set(scopes) - work.who.permissions)
    if beyond:
        raise ScopeBeyondRights(f"You do not have {beyond[0]} yourself.")
    key_id = new_id()
    text = key_text(environment, work.who.tenant_id, key_id, secrets.token_hex(32))
    key = tables.NewKey(
        id=key_id,
        account_id=account_id,
        name=ask.name,
        environment=environment,
        prefix=shown_prefix(environment, work.who.tenant_id, key_id),
        last_four=text[-4:],
        key_hash=sha256(text.encode()).digest(),
        scopes=sorted(set(scopes)),
        networks=ask.networks,
        expires_at=ask.expires_at,
    )
    work.changed(
        {}, {"account_id": account_id, "scopes": key.scopes, "networks": key.networks, "expires_at": key.expires_at}
    )
    await tables.insert_api_key(work.db, work.who.tenant_id, key, work.now)
    shown = {name: getattr(key, name) for name in NewKeyShape.model_fields if name != "key"}
    return NewKeyShape(**shown, key=text)
