"""Idempotency keys of requests that write documents: the key, the effect and the answer are one transaction."""

from datetime import timedelta
from typing import Any

from fastapi import Response

from fourfold.ground.collection import TENANT, Collection, Duplicate, Key
from fourfold.ground.document_work import DocumentWork
from fourfold.ground.house import House
from fourfold.ground.idempotency import KEPT, Claim, IdempotencyKeyReused, InFlight
from fourfold.ground.ids import new_id
from fourfold.ground.parcel import Parcel
from fourfold.ground.who import Who

KEPT_FOR = timedelta(hours=24)
IDEMPOTENCY = Collection(
    "ground.idempotency",
    keys=[Key("principal", "route", "key", unique=True), Key("until", ttl=0)],
    shard_key=(TENANT, "principal"),
)


class TakenBefore(Exception):
    """The key was taken by a request that has been answered."""


async def claim_documents(work: DocumentWork, claim: Claim) -> None:
    """Takes the key first of all in the transaction of the effect; raises `TakenBefore`.

    While another request that has taken it is not yet committed this meets that one, and is tried again.
    """
    row = {**_named(claim), "digest": claim.digest, "until": work.now + KEPT_FOR}
    try:
        await work.documents(IDEMPOTENCY).insert({"_id": new_id(), **row})
    except Duplicate as problem:
        raise TakenBefore from problem


async def keep_document_answer(claim: Claim, work: DocumentWork, response: Response) -> None:
    """Keeps an answer under its key, in the transaction of its effect."""
    headers = {name: response.headers[name] for name in KEPT if name in response.headers}
    answer = {"status": response.status_code, "headers": headers, "body": bytes(response.body)}
    await work.documents(IDEMPOTENCY).update_one(_named(claim), {"$set": answer})


async def kept_document_answer(house: House, who: Who, claim: Claim) -> Response:
    """The answer that is kept under a key that was taken before."""
    kept = await Parcel(house, who).store.reading(IDEMPOTENCY, who.tenant_id).find_one(_named(claim))
    if kept is None or "status" not in kept:
        raise InFlight
    if kept["digest"] != claim.digest:
        raise IdempotencyKeyReused
    headers = {**kept["headers"], "Idempotent-Replayed": "true"}
    return Response(kept["body"], status_code=kept["status"], headers=headers)


def _named(claim: Claim) -> dict[str, Any]:
    return {"principal": claim.claimant, "route": claim.route, "key": claim.key}
