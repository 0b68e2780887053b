"""Documents that are asked for by their SHA-256: kept for each tenant in Valkey, which may lose them at any time."""

from contextlib import suppress
from hashlib import sha256
from typing import Annotated

from pydantic import Field

from fourfold.ground.configuration import Setting
from fourfold.ground.house import House
from fourfold.ground.refusals import BadRequest, Forbidden, NotFound
from fourfold.ground.valkey import ValkeyAway
from fourfold.ground.who import Who

# Each use keeps a document for a week more.
KEPT_SECONDS = 7 * 24 * 3600
LONGEST_KEPT = 20_000

SERVED_DOCUMENTS: Setting[list[str]] = Setting(
    "social.graphql_documents",
    Annotated[list[Annotated[str, Field(pattern="^[0-9a-f]{64}$")]], Field(max_length=1000)],
    [],
    "The GraphQL documents that are served, by their SHA-256; none: all that keep within the limits",
)


class NoDocument(BadRequest):
    """400: neither a document nor the hash of one."""

    code = "graphql.no_document"
    title = "Send a query, or the hash of one"


class OtherDocument(BadRequest):
    """400: the hash is that of another document."""

    code = "graphql.other_document"
    title = "The hash is that of another query"


class NoSuchDocument(NotFound):
    """404: no document of this hash is kept; send it with its hash. Clients know this by its words."""

    code = "graphql.persisted_query_not_found"
    title = "PersistedQueryNotFound"


class NotServed(Forbidden):
    """403: this tenant serves other documents only."""

    code = "graphql.not_served"
    title = "This query is not among those that are served here"


async def document_text(house: House, who: Who, text: str | None, digest: str | None) -> str:
    """The document that is meant; raises `NoDocument`, `OtherDocument`, `NoSuchDocument` and `NotServed`."""
    if text is None and digest is None:
        raise NoDocument
    found = digest if text is None else sha256(text.encode()).hexdigest()
    if digest is not None and found != digest:
        raise OtherDocument
    served = await house.configuration.value(who.tenant_id, SERVED_DOCUMENTS)
    if served and found not in served:
        raise NotServed
    return text if text is not None else await _kept(house, who, digest or "")


async def keep_document(house: House, who: Who, text: str, digest: str) -> None:
    """Keeps a document that was found to be right, for those who have an account."""
    if who.account_id is not None and len(text) <= LONGEST_KEPT:
        with suppress(*ValkeyAway):
            await house.valkey.set(_key(who, digest), text.encode(), ex=KEPT_SECONDS)


async def _kept(house: House, who: Who, digest: str) -> str:
    kept = None
    with suppress(*ValkeyAway):
        kept = await house.valkey.getex(_key(who, digest), ex=KEPT_SECONDS)
    if not isinstance(kept, bytes):
        raise NoSuchDocument
    return kept.decode()


def _key(who: Who, digest: str) -> str:
    return f"t:{who.tenant_id}:graphql:{digest}"
